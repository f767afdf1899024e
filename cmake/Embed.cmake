# thimble_embed(<target> <name> <root> <file>...)
#
# Compiles files into <target> byte by byte, so that the program needs no installed data. Generates
# embedded_<name>.h with  std::span<const EmbeddedFile> embedded_<name>::embedded_files().
function(thimble_embed target ns root)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/embedded_${ns})
  set(asm ".section .rodata\n")
  set(decls "")
  set(rows "")
  set(index 0)
  foreach(file ${ARGN})
    file(RELATIVE_PATH name ${root} ${file})
    string(APPEND asm ".global thimble_embedded_${ns}_${index}\n.global thimble_embedded_${ns}_${index}_end\n"
                      "thimble_embedded_${ns}_${index}:\n.incbin \"${file}\"\nthimble_embedded_${ns}_${index}_end:\n.byte 0\n")
    string(APPEND decls "extern \"C\" const char thimble_embedded_${ns}_${index}[], thimble_embedded_${ns}_${index}_end[];\n")
    string(APPEND rows "    {\"${name}\", {thimble_embedded_${ns}_${index}, static_cast<std::size_t>(thimble_embedded_${ns}_${index}_end - thimble_embedded_${ns}_${index})}},\n")
    math(EXPR index "${index}+1")
  endforeach()
  string(APPEND asm ".section .note.GNU-stack,\"\",%progbits\n")
  file(GENERATE OUTPUT ${out}.S CONTENT "${asm}")
  file(GENERATE OUTPUT ${out}.h CONTENT
"#pragma once
#include <span>
#include <string_view>
namespace embedded_${ns} {
struct EmbeddedFile { std::string_view path, content; };
std::span<const EmbeddedFile> embedded_files();
}
")
  file(GENERATE OUTPUT ${out}.cc CONTENT
"#include \"embedded_${ns}.h\"
${decls}
namespace embedded_${ns} {
std::span<const EmbeddedFile> embedded_files() {
  static const EmbeddedFile files[] = {
${rows}  };
  return files;
}
}
")
  target_sources(${target} PRIVATE ${out}.S ${out}.cc)
  set_source_files_properties(${out}.S PROPERTIES OBJECT_DEPENDS "${ARGN}")
  target_include_directories(${target} PRIVATE ${CMAKE_CURRENT_BINARY_DIR})
endfunction()
