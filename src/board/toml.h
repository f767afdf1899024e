// Strict reading of TOML: every key is wanted and present, or the file is wrong.
//
// A reader asks for one key after the other and checks once at the end. The first problem (missing
// key, wrong type, value out of range, unknown key) is kept with its line and key; after it every
// read returns an empty value. The tables are handles: they share the document and may outlive it.
//
//   THIMBLE_ASSIGN(auto document, TomlDocument::parse(text, "board.toml"));
//   TomlTable root = document.root();
//   std::string name = root.string("name");
//   root.close();
//   THIMBLE_TRY(document.status());
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace thimble::board {

class TomlTable {
 public:
  bool has(std::string_view key) const;

  std::string string(std::string_view key);
  // One of `choices`.
  std::string choice(std::string_view key, const std::vector<std::string>& choices);
  // An array, maybe empty, of some of `choices`: their indices.
  std::vector<size_t> choices(std::string_view key, const std::vector<std::string>& choices);
  // Arrays with at least one element, none of them twice.
  std::vector<std::string> strings(std::string_view key);
  std::vector<bool> booleans(std::string_view key);
  int64_t integer(std::string_view key, int64_t minimum, int64_t maximum);
  double number(std::string_view key, double minimum, double maximum);
  bool boolean(std::string_view key);
  TomlTable table(std::string_view key);
  std::vector<TomlTable> tables(std::string_view key);  // [[key]], at least one

  // Every key that was not asked for until now is a problem.
  void close();
  // A problem that only the caller can see (two memories overlap); at the line of `key`.
  void reject(std::string_view key, std::string problem, std::string hint = {});

 private:
  friend class TomlDocument;
  struct State;
  explicit TomlTable(std::shared_ptr<State> state) : state_(std::move(state)) {}
  template <typename T>
  std::vector<T> elements(std::string_view key, std::string_view expected);
  std::shared_ptr<State> state_;
};

class TomlDocument {
 public:
  // `origin` names the file in errors. Errors: kMalformed, with the line.
  static base::Result<TomlDocument> parse(std::string_view text, std::string_view origin);

  TomlTable root() const { return root_; }
  base::Result<> status() const;

 private:
  explicit TomlDocument(TomlTable root) : root_(std::move(root)) {}
  TomlTable root_;
};

}  // namespace thimble::board
