// Files of every other format, written here and read back.
#include <archive.h>
#include <archive_entry.h>
#include <png.h>
#include <turbojpeg.h>

#include <cstring>

#include "base/random.h"
#include "data/files_test_support.h"

namespace thimble::data {
namespace {

using namespace thimble::data::testing;

std::string npy(const std::string& descr, const std::string& shape, const std::string& content,
                const std::string& order = "False") {
  std::string header =
      fmt::format("{{'descr': '{}', 'fortran_order': {}, 'shape': {}, }}\n", descr, order, shape);
  std::string text("\x93NUMPY\x01\x00", 8);
  text += static_cast<char>(header.size());
  text += '\0';
  return text + header + content;
}

template <typename T>
std::string raw(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

TEST_F(DataFiles, NpyArrays) {
  const std::string x = write("x.npy", npy("<f4", "(2, 3)", raw<float>({1, 2, 3, 4, 5, 6.5f})));
  const std::string y = write("y.npy", npy("<i8", "(2,)", raw<int64_t>({7, 9})));
  auto samples = read_all("npy:" + x + "," + y);
  ASSERT_TRUE(samples) << samples.error().to_string();
  ASSERT_EQ(samples->size(), 2u);
  EXPECT_THAT((*samples)[1].values, ElementsAre(4, 5, 6.5f));
  EXPECT_EQ((*samples)[1].label, 9);
  EXPECT_EQ((*open_data_set("npy:" + x + "," + y))->info().shape, (ir::Shape{3}));
}

TEST_F(DataFiles, NpyPixelsOneHotLabelsAndOtherTypes) {
  const std::string x = write("x.npy", npy("|u1", "(1, 1, 2)", "\x01\xFF"));
  const std::string y = write("y.npy", npy("<f8", "(1, 3)", raw<double>({0, 0, 1})));
  auto set = open_data_set("npy:" + x + "," + y);
  ASSERT_TRUE(set) << set.error().to_string();
  EXPECT_EQ((*set)->info().kind, ValueKind::kPixels);
  EXPECT_EQ((*set)->info().shape, (ir::Shape{1, 2, 1}));
  Sample sample;
  ASSERT_TRUE(*(*set)->next(sample));
  EXPECT_THAT(sample.values, ElementsAre(1, 255));
  EXPECT_EQ(sample.label, 2);
}

TEST_F(DataFiles, BadNpyFilesAreRefused) {
  const std::string y = write("y.npy", npy("<i4", "(2,)", raw<int32_t>({0, 1})));
  auto error = [&](const std::string& content) {
    return error_of("npy:" + write("x.npy", content) + "," + y);
  };
  EXPECT_THAT(error("hello, world"), HasSubstr("not a .npy file"));
  EXPECT_THAT(error(npy("<f4", "(2,)", "").substr(0, 30)), HasSubstr("ends here"));
  EXPECT_THAT(error(npy("<f4", "(2,)", raw<float>({1}))), HasSubstr("ends here"));
  EXPECT_THAT(error(npy(">f4", "(2,)", "")), HasSubstr("'>f4'"));
  EXPECT_THAT(error(npy("|O", "(2,)", "")), HasSubstr("are not read"));
  EXPECT_THAT(error(npy("<f4", "(2,)", "", "True")), HasSubstr("Fortran"));
  EXPECT_THAT(error(npy("<f4", "(2, 99999999999999999999)", "")), HasSubstr("shape"));
  EXPECT_THAT(error(npy("<f4", "(2, 4000000000, 4000000000)", "")), HasSubstr("shape"));
  EXPECT_THAT(error(npy("<f4", "()", "")), HasSubstr("shape"));
  EXPECT_THAT(error(npy("<f4", "(3,)", raw<float>({1, 2, 3}))), HasSubstr("3 samples"));
  const std::string bad = write("bad.npy", npy("<f4", "(2,)", raw<float>({0.5f, 1})));
  const std::string x = write("x.npy", npy("<f4", "(2,)", raw<float>({1, 2})));
  EXPECT_THAT(error_of("npy:" + x + "," + bad), HasSubstr("label of sample 0 is 0.5"));
}

void write_archive(const std::string& path, bool zip,
                   const std::vector<std::pair<std::string, std::string>>& files) {
  archive* out = archive_write_new();
  if (zip)
    archive_write_set_format_zip(out);
  else
    archive_write_set_format_ustar(out), archive_write_add_filter_gzip(out);
  ASSERT_EQ(archive_write_open_filename(out, path.c_str()), ARCHIVE_OK);
  for (const auto& [name, content] : files) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, name.c_str());
    archive_entry_set_size(entry, static_cast<la_int64_t>(content.size()));
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_write_header(out, entry);
    archive_write_data(out, content.data(), content.size());
    archive_entry_free(entry);
  }
  archive_write_free(out);
}

TEST_F(DataFiles, NpzArchives) {
  write_archive(path("both.npz"), true,
                {{"images.npy", npy("<i2", "(2, 1)", raw<int16_t>({-5, 300}))},
                 {"y.npy", npy("|u1", "(2,)", std::string("\1\0", 2))}});
  auto samples = read_all("npz:" + path("both.npz") + "?x=images");
  ASSERT_TRUE(samples) << samples.error().to_string();
  EXPECT_THAT((*samples)[1].values, ElementsAre(300));
  EXPECT_EQ((*samples)[0].label, 1);
  EXPECT_THAT(error_of("npz:" + path("both.npz")), HasSubstr("holds no x.npy"));
  EXPECT_THAT(error_of("npz:" + write("text.npz", "hello")), HasSubstr("text.npz"));
}

TEST_F(DataFiles, CsvLines) {
  const std::string named = write("named.csv", "a, label, b\n1, 3, 2.5\r\n\n-4e2,0,0\n");
  auto samples = read_all("csv:" + named);
  ASSERT_TRUE(samples) << samples.error().to_string();
  ASSERT_EQ(samples->size(), 2u);
  EXPECT_THAT((*samples)[0].values, ElementsAre(1, 2.5f));
  EXPECT_EQ((*samples)[0].label, 3);
  EXPECT_THAT((*samples)[1].values, ElementsAre(-400, 0));

  const std::string bare = write("bare.csv", "1,2,dog\n3,4,cat");
  EXPECT_EQ(read_all("csv:" + bare + "?classes=cat,dog")->at(0).label, 1);
  const std::string marked = write("marked.csv", "\xEF\xBB\xBFlabel,a\n1,2\n");
  EXPECT_EQ(read_all("csv:" + marked)->at(0).label, 1);
  EXPECT_THAT(error_of("csv:" + bare), HasSubstr("line 1: the label 'dog'"));
  const std::string first = write("first.csv", "5,1,2\n6,3,4");
  EXPECT_EQ(read_all("csv:" + first + "?label=1")->at(1).label, 6);
}

TEST_F(DataFiles, BadCsvLinesAreNamed) {
  auto error = [&](const std::string& content, const std::string& options = "") {
    return error_of("csv:" + write("x.csv", content) + options);
  };
  EXPECT_THAT(error("1,2\n1,2,3\n"), HasSubstr("line 2: there are 3 columns"));
  EXPECT_THAT(error("1,2\nx,2\n"), HasSubstr("line 2: column 1: 'x' is not a number"));
  EXPECT_THAT(error("1\n"), HasSubstr("separated by commas"));
  EXPECT_THAT(error(""), HasSubstr("has no lines"));
  EXPECT_THAT(error("1,2\n", "?label=3"), HasSubstr("there are 2 columns"));
  EXPECT_THAT(error("1,2\n", "?label=dog"), HasSubstr("no column 'dog'"));
}

TEST_F(DataFiles, MlperfFolders) {
  write("set/y_labels.csv", "a.bin, 12, 7\nb.bin,12,0\n");
  write("set/a.bin", "\x80\x7F");
  write("set/b.bin", "\x01\x02");
  auto samples = read_all("mlperf:" + path("set"));
  ASSERT_TRUE(samples) << samples.error().to_string();
  EXPECT_THAT((*samples)[0].values, ElementsAre(-128, 127));
  EXPECT_EQ((*samples)[0].label, 7);
  EXPECT_THAT(read_all("mlperf:" + path("set") + "?type=uint8")->at(0).values,
              ElementsAre(128, 127));
  write_archive(path("set.tar.gz"), false,
                {{"top/b.bin", "\x01\x02"}, {"top/y_labels.csv", "b.bin,12,3"}});
  EXPECT_EQ(read_all("mlperf:" + path("set.tar.gz"))->at(0).label, 3);

  write("set/y_labels.csv", "a.bin,12,7\nc.bin,12,0\n");
  EXPECT_THAT(error_of("mlperf:" + path("set")), HasSubstr("c.bin"));
  write("set/y_labels.csv", "a.bin,12,7\nb.bin,12\n");
  EXPECT_THAT(error_of("mlperf:" + path("set")), HasSubstr("line 2: expected file"));
  write("set/y_labels.csv", "a.bin,12,x\n");
  EXPECT_THAT(error_of("mlperf:" + path("set")), HasSubstr("line 1: the label"));
  write("empty/x.txt", "");
  EXPECT_THAT(error_of("mlperf:" + path("empty")), HasSubstr("no y_labels.csv"));
}

TEST_F(DataFiles, MlperfWindowsOfARecording) {
  write("ad/y_labels.csv", "normal.bin,2,0,8,4\n");
  write("ad/normal.bin", raw<float>({1, 2, 3, 4}));
  auto samples = read_all("mlperf:" + path("ad"));
  ASSERT_TRUE(samples) << samples.error().to_string();
  EXPECT_THAT((*samples)[0].values, ElementsAre(1, 2, 2, 3, 3, 4));
  write("ad/normal.bin", "short");
  EXPECT_THAT(error_of("mlperf:" + path("ad")), HasSubstr("not one input"));
  write("ad/y_labels.csv", "normal.bin,2,0,8,0\n");
  EXPECT_THAT(error_of("mlperf:" + path("ad")), HasSubstr("above 0"));
}

std::string png(int width, int height, const std::vector<unsigned char>& rgb) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(width);
  image.height = static_cast<png_uint_32>(height);
  image.format = PNG_FORMAT_RGB;
  png_alloc_size_t size = 0;
  png_image_write_to_memory(&image, nullptr, &size, 0, rgb.data(), 0, nullptr);
  std::string bytes(size, '\0');
  EXPECT_TRUE(png_image_write_to_memory(&image, bytes.data(), &size, 0, rgb.data(), 0, nullptr));
  bytes.resize(size);
  return bytes;
}

TEST_F(DataFiles, ImageFolders) {
  write("set/cat/1.png", png(2, 1, {10, 20, 30, 40, 50, 60}));
  write("set/dog/1.PNG", png(1, 1, {1, 2, 3}));
  write("set/dog/2.png", png(1, 1, {255, 0, 0}));
  write("set/.hidden/3.png", "no image");
  write("set/readme.txt", "no image");
  const std::string spec = "images:" + path("set");
  auto samples = read_all(spec);
  ASSERT_TRUE(samples) << samples.error().to_string();
  ASSERT_EQ(samples->size(), 3u);
  EXPECT_THAT((*samples)[0].values, ElementsAre(10, 20, 30, 40, 50, 60));
  EXPECT_EQ((*samples)[0].label, 0);
  EXPECT_EQ((*samples)[1].label, 1);
  EXPECT_THAT((*open_data_set(spec))->info().class_names, ElementsAre("cat", "dog"));
  EXPECT_EQ(read_all(spec + "?classes=dog,cat")->at(0).label, 0);
  EXPECT_THAT(error_of(spec + "?classes=dog"), HasSubstr("class 'cat', which is not listed"));
  // 0.299 of red; enlarged to 2 x 2 and with a border.
  EXPECT_THAT(read_all(spec + "?channels=1&size=1x1")->at(2).values, ElementsAre(76));
  EXPECT_EQ((*open_data_set(spec + "?channels=1&size=2x4&pad=1"))->info().shape,
            (ir::Shape{4, 6, 1}));
  EXPECT_THAT(error_of(spec + "?size=0x1"), HasSubstr("HEIGHTxWIDTH"));
  EXPECT_THAT(error_of(spec + "?size=9"), HasSubstr("HEIGHTxWIDTH"));
  EXPECT_THAT(error_of(spec + "?channels=2"), HasSubstr("expected 1 or 3"));
  write("set/dog/2.png", png(1, 1, {255, 0, 0}).substr(0, 40));
  EXPECT_THAT(error_of(spec), HasSubstr("2.png"));
  EXPECT_THAT(error_of("images:" + path("set/.hidden/..") + "/none"), HasSubstr("no such"));
}

TEST_F(DataFiles, JpegImages) {
  const std::vector<unsigned char> grey(16 * 16 * 3, 100);
  tjhandle encoder = tjInitCompress();
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  ASSERT_EQ(
      tjCompress2(encoder, grey.data(), 16, 0, 16, TJPF_RGB, &bytes, &size, TJSAMP_444, 95, 0), 0);
  const std::string jpeg(reinterpret_cast<char*>(bytes), size);
  tjFree(bytes);
  tjDestroy(encoder);
  write("set/a/x.jpg", jpeg);
  auto samples = read_all("images:" + path("set") + "?size=2x2");
  ASSERT_TRUE(samples) << samples.error().to_string();
  ASSERT_EQ((*samples)[0].values.size(), 12u);
  EXPECT_NEAR((*samples)[0].values[5], 100, 1);
  write("set/a/x.jpg", jpeg.substr(0, jpeg.size() / 2));
  EXPECT_THAT(error_of("images:" + path("set")), HasSubstr("x.jpg"));
  write("set/a/x.jpg", "");
  EXPECT_THAT(error_of("images:" + path("set")), HasSubstr("x.jpg"));
}

TEST_F(DataFiles, PixelsOfOtherSetsChangeTheirSize) {
  std::string record(3073, '\x50');
  record[0] = 1;
  const std::string spec = "cifar10:" + write("a.bin", record) + "?size=16x8&channels=1&pad=2";
  auto set = open_data_set(spec);
  ASSERT_TRUE(set) << set.error().to_string();
  EXPECT_EQ((*set)->info().shape, (ir::Shape{20, 12, 1}));
  Sample sample;
  ASSERT_TRUE(*(*set)->next(sample));
  ASSERT_EQ(sample.values.size(), 240u);
  EXPECT_EQ(sample.values[0], 0);
  EXPECT_EQ(sample.values[2 * 12 + 2], 80);
  const std::string csv = write("a.csv", "1,2\n");
  EXPECT_THAT(error_of("csv:" + csv + "?pad=2"), HasSubstr("are for images"));
}

std::string wav(uint16_t encoding, uint16_t channels, uint16_t bits, const std::string& content) {
  auto little = [](uint32_t value, size_t count) {
    return std::string(reinterpret_cast<const char*>(&value), count);
  };
  const std::string format = little(encoding, 2) + little(channels, 2) + little(16000, 4) +
                             little(0, 4) + little(0, 2) + little(bits, 2);
  std::string list = "LIST" + little(3, 4) + "abc" + std::string(1, '\0');
  return "RIFF" + little(0, 4) + "WAVE" + "fmt " + little(16, 4) + format + list + "data" +
         little(static_cast<uint32_t>(content.size()), 4) + content;
}

TEST_F(DataFiles, WavFolders) {
  write("set/yes/1.wav", wav(1, 1, 16, raw<int16_t>({-32768, 16384})));
  write("set/no/1.wav", wav(1, 2, 8, std::string("\x00\xFF\xC0\x00", 4)));
  write("set/no/2.wav", wav(3, 1, 32, raw<float>({0.25f})));
  write("set/no/3.wav", wav(1, 1, 24, std::string("\x00\x00\x40", 3)));
  write("set/no/4.wav", wav(1, 1, 32, raw<int32_t>({1 << 30})));
  auto samples = read_all("wav:" + path("set") + "?classes=yes,no");
  ASSERT_TRUE(samples) << samples.error().to_string();
  ASSERT_EQ(samples->size(), 5u);
  EXPECT_THAT((*samples)[0].values, ElementsAre(-1, 0.5f));
  EXPECT_THAT((*samples)[1].values, ElementsAre(-1, 0.5f));
  EXPECT_THAT((*samples)[2].values, ElementsAre(0.25f));
  EXPECT_THAT((*samples)[3].values, ElementsAre(0.5f));
  EXPECT_THAT((*samples)[4].values, ElementsAre(0.5f));
  EXPECT_EQ(read_all("wav:" + path("set") + "?features=mfcc")->at(0).values.size(), 490u);
}

TEST_F(DataFiles, WavsOfMachinesAreNormalOrNot) {
  write("anomaly_id_01_3.wav", wav(1, 1, 16, raw<int16_t>({1})));
  write("normal_id_01_3.wav", wav(1, 1, 16, raw<int16_t>({2})));
  auto samples = read_all("wav:" + path("") + "?labels=prefix");
  ASSERT_TRUE(samples) << samples.error().to_string();
  EXPECT_EQ((*samples)[0].name, "normal_id_01_3.wav");
  EXPECT_EQ((*samples)[0].label, 0);
  EXPECT_EQ((*samples)[1].label, 1);
}

TEST_F(DataFiles, BadWavsAreRefused) {
  auto error = [&](const std::string& content) {
    write("set/a/x.wav", content);
    return error_of("wav:" + path("set"));
  };
  const std::string good = wav(1, 1, 16, raw<int16_t>({1, 2}));
  EXPECT_EQ(error(good), "");
  EXPECT_THAT(error(""), HasSubstr("not a WAV file"));
  EXPECT_THAT(error(good.substr(0, 30)), HasSubstr("byte 12"));
  EXPECT_THAT(error(good.substr(0, good.size() - 1)), HasSubstr("the file has 3"));
  EXPECT_THAT(error(good.substr(0, 40)), HasSubstr("no samples"));
  EXPECT_THAT(error(wav(2, 1, 16, "")), HasSubstr("encoding 2"));
  EXPECT_THAT(error(wav(1, 0, 16, "")), HasSubstr("0 channels"));
  EXPECT_THAT(error_of("wav:" + write("x.tar", "hello")), HasSubstr("x.tar"));
}

// Whatever is in a file, reading it gives samples or an error.
TEST_F(DataFiles, DamagedFilesNeverCrash) {
  std::string cifar(3073, '\x07');
  const std::string idx_images = std::string("\0\0\x08\x03", 4) + big_endian(2) + big_endian(2) +
                                 big_endian(3) + "abcdefghijkl";
  const std::string idx_labels = std::string("\0\0\x08\x01", 4) + big_endian(2) + "\1\2";
  write_archive(path("set.tar.gz"), false, {{"t/y_labels.csv", "a.bin,2,1"}, {"t/a.bin", "\1\2"}});
  write_archive(
      path("a.npz"), true,
      {{"x.npy", npy("<f4", "(1, 1)", raw<float>({1}))}, {"y.npy", npy("|u1", "(1,)", "\1")}});
  auto content = [&](const std::string& name) { return *base::read_text_file(path(name)); };
  write("l.idx", idx_labels);
  write("y.npy", npy("<i4", "(2,)", raw<int32_t>({0, 1})));
  struct Row {
    std::string file, spec, good;
  };
  const std::vector<Row> rows = {
      {"i.idx", "idx:" + path("i.idx") + "," + path("l.idx"), idx_images},
      {"a.bin", "cifar10:" + path("a.bin") + "?size=4x4", cifar},
      {"x.npy", "npy:" + path("x.npy") + "," + path("y.npy"),
       npy("<f4", "(2, 3)", raw<float>({1, 2, 3, 4, 5, 6}))},
      {"d.npz", "npz:" + path("d.npz"), content("a.npz")},
      {"a.csv", "csv:" + path("a.csv"), "a,b,label\n1,2,3\n4,5e7,6\n"},
      {"m/y_labels.csv", "mlperf:" + path("m"), "a.bin,2,1,4,2\n"},
      {"d.tar.gz", "mlperf:" + path("d.tar.gz"), content("set.tar.gz")},
      {"p/c/a.png", "images:" + path("p") + "?size=3x3",
       png(2, 2, std::vector<unsigned char>(12, 9))},
      {"w/c/a.wav", "wav:" + path("w") + "?features=mfcc",
       wav(1, 1, 16, raw<int16_t>({1, -2, 3, 4}))},
  };
  write("m/a.bin", "12345678");
  base::Random random(20261121);
  for (const Row& row : rows) {
    SCOPED_TRACE(row.file);
    write(row.file, row.good);
    EXPECT_EQ(error_of(row.spec), "");
    for (int i = 0; i < 150; ++i) {
      std::string damaged = row.good;
      if (random.integer(0, 3) == 0)
        damaged.resize(
            static_cast<size_t>(random.integer(0, static_cast<int64_t>(damaged.size()))));
      for (int64_t changes = random.integer(0, 4); changes > 0 && !damaged.empty(); --changes) {
        // The beginning is where the structure is.
        const auto end =
            std::min<size_t>(damaged.size(), random.integer(0, 1) ? 64 : damaged.size());
        damaged[static_cast<size_t>(random.integer(0, static_cast<int64_t>(end) - 1))] =
            static_cast<char>(random.next());
      }
      write(row.file, damaged);
      error_of(row.spec);
    }
  }
}

}  // namespace
}  // namespace thimble::data
