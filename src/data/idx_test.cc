#include "data/files_test_support.h"

namespace thimble::data {
namespace {

using namespace thimble::data::testing;

// Three images of 2 x 2 with the labels 7, 8 and 9; pixels count on.
std::string images(uint32_t count = 3) {
  std::string text("\0\0\x08\x03", 4);
  text += big_endian(count) + big_endian(2) + big_endian(2);
  for (uint32_t i = 0; i < count * 4; ++i) text += static_cast<char>(i);
  return text;
}
std::string labels(uint32_t count = 3) {
  std::string text("\0\0\x08\x01", 4);
  text += big_endian(count);
  for (uint32_t i = 0; i < count; ++i) text += static_cast<char>(7 + i);
  return text;
}

class IdxFiles : public DataFiles {
 protected:
  std::string idx(const std::string& image_bytes, const std::string& label_bytes) const {
    return "idx:" + write("images", image_bytes) + "," + write("labels", label_bytes);
  }
};

TEST_F(IdxFiles, GiveImagesWithTheirLabels) {
  const std::string spec = idx(images(), labels());
  auto samples = read_all(spec);
  ASSERT_TRUE(samples) << samples.error().to_string();
  ASSERT_EQ(samples->size(), 3u);
  EXPECT_THAT((*samples)[1].values, ElementsAre(4, 5, 6, 7));
  EXPECT_EQ((*samples)[1].label, 8);
  auto set = open_data_set(spec);
  EXPECT_EQ((*set)->info().count, 3u);
  EXPECT_EQ((*set)->info().shape, (ir::Shape{2, 2, 1}));
}

TEST_F(IdxFiles, ArePartlyReadWithSkipAndTake) {
  const std::string spec = idx(images(), labels());
  auto middle = read_all(spec + "?skip=1&take=1");
  ASSERT_TRUE(middle);
  ASSERT_EQ(middle->size(), 1u);
  EXPECT_EQ((*middle)[0].label, 8);
  auto one = open_data_set(spec + "?take=1");
  Sample sample;
  EXPECT_TRUE(*(*one)->next(sample));
  EXPECT_FALSE(*(*one)->next(sample));
  EXPECT_FALSE(*(*one)->next(sample));  // the end stays the end
  EXPECT_EQ((*open_data_set(spec + "?skip=1"))->info().count, 2u);
  EXPECT_EQ((*open_data_set(spec + "?skip=9"))->info().count, 0u);
  EXPECT_EQ(read_all(spec + "?skip=9")->size(), 0u);
}

TEST_F(IdxFiles, RefuseWhatDoesNotBelongTogether) {
  EXPECT_THAT(error_of(idx(images(), labels(2))), HasSubstr("3 images"));
  EXPECT_THAT(error_of(idx(labels(), images())), HasSubstr("has 3 dimensions, expected 1"));
  EXPECT_THAT(error_of(idx("hello, world", labels())), HasSubstr("not an IDX file"));
  EXPECT_THAT(error_of(idx(images().substr(0, 10), labels())), HasSubstr("byte 10"));
  EXPECT_THAT(error_of(idx(images().substr(0, 27), labels())),
              HasSubstr("byte 27: the file ends here; 4 bytes were expected from byte 24 on"));
  EXPECT_THAT(error_of(idx("", labels())), HasSubstr("the file ends here"));
  std::string floats = images();
  floats[2] = 0x0D;
  EXPECT_THAT(error_of(idx(floats, labels())), HasSubstr("0x0d"));
  std::string huge = images();
  huge.replace(8, 8, std::string(8, '\xFF'));
  EXPECT_THAT(error_of(idx(huge, labels())), HasSubstr("dimension 1 is 4294967295"));
}

TEST_F(IdxFiles, MnistFindsThePublishedNames) {
  write("t10k-images-idx3-ubyte", images());
  write("t10k-labels-idx1-ubyte", labels());
  const std::string folder = path("");
  EXPECT_EQ(read_all("mnist:" + folder)->size(), 3u);
  EXPECT_THAT(error_of("mnist:" + folder + "?split=train"), HasSubstr("train-images"));
  EXPECT_THAT(error_of("mnist:" + folder + "?split=all"), HasSubstr("expected test, train"));
}

TEST_F(DataFiles, CifarPlanesBecomeColours) {
  std::string record(1 + 3072, '\0');
  record[0] = 6;
  record[1] = 10, record[1 + 1024] = 20, record[1 + 2048] = 30;
  const std::string first = write("a.bin", record + record), second = write("b.bin", record);
  auto samples = read_all("cifar10:" + first + "," + second);
  ASSERT_TRUE(samples) << samples.error().to_string();
  ASSERT_EQ(samples->size(), 3u);
  EXPECT_EQ((*samples)[2].label, 6);
  EXPECT_EQ((*samples)[2].values[0], 10);
  EXPECT_EQ((*samples)[2].values[1], 20);
  EXPECT_EQ((*samples)[2].values[2], 30);
  EXPECT_EQ((*open_data_set("cifar10:" + first + "," + second))->info().count, 3u);
  record[0] = 10;
  EXPECT_THAT(error_of("cifar10:" + write("c.bin", record)), HasSubstr("byte 0: the label"));
  EXPECT_THAT(error_of("cifar10:" + write("d.bin", record.substr(0, 100))), HasSubstr("byte 100"));
}

TEST_F(DataFiles, Cifar100HasFineAndCoarseLabels) {
  std::string record(2 + 3072, '\0');
  record[0] = 4, record[1] = 99;
  const std::string file = write("test.bin", record);
  EXPECT_EQ((*read_all("cifar100:" + file))[0].label, 99);
  EXPECT_EQ((*read_all("cifar100:" + file + "?labels=coarse"))[0].label, 4);
}

TEST_F(DataFiles, SpecsThatMakeNoSenseAreRefused) {
  EXPECT_THAT(error_of("mnist"), HasSubstr("expected KIND:PATH"));
  EXPECT_THAT(error_of("mnits:x"), HasSubstr("no kind of data set 'mnits'"));
  EXPECT_THAT(error_of("mnist:x?splt=test"), HasSubstr("no option splt"));
  EXPECT_THAT(error_of("mnist:x?scale"), HasSubstr("expected OPTION=VALUE instead of 'scale'"));
  EXPECT_THAT(error_of("mnist:x?scale=1&scale=2"), HasSubstr("given twice"));
  EXPECT_THAT(error_of("cifar10:a,,b"), HasSubstr("a path is empty"));
  EXPECT_THAT(error_of("mnist:a,b"), HasSubstr("expected one path"));
  EXPECT_THAT(error_of("cifar10:/no/such/file"), HasSubstr("/no/such/file: no such file"));
  EXPECT_THAT(error_of("cifar10:/"), HasSubstr("folder"));
}

}  // namespace
}  // namespace thimble::data
