#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "decide/battery.h"
#include "decide/catalog.h"
#include "decide/offload.h"

namespace thimble::decide {
namespace {

using testing::HasSubstr;

TEST(Catalog, EveryCellAndRadioIsComplete) {
  ASSERT_GE(names(Kind::kCell).size(), 6u);
  for (const std::string& name : names(Kind::kCell)) {
    const auto cell = load_cell(name);
    ASSERT_TRUE(cell) << cell.error().to_string();
    EXPECT_EQ(cell->name, name);
  }
  ASSERT_GE(names(Kind::kRadio).size(), 4u);
  for (const std::string& name : names(Kind::kRadio)) {
    const auto radio = load_radio(name);
    ASSERT_TRUE(radio) << radio.error().to_string();
    EXPECT_EQ(radio->name, name);
  }
}

TEST(Catalog, NamesAreFoundWhateverTheirCaseAndWrongOnesAreExplained) {
  EXPECT_TRUE(load_cell("cr2477"));
  EXPECT_THAT(load_cell("CR2478").error().hint, HasSubstr("CR2477"));
  EXPECT_THAT(load_radio("lorra").error().hint, HasSubstr("'lora'"));
  EXPECT_THAT(parse_cell("name = \"x\"\n", "mine.toml").error().to_string(),
              HasSubstr("mine.toml"));
}

// Heim's thesis, 5.3.3.3: ResNet-20 with 98.2 mJ and 2209 ms every 30 s on a CR2477 lasts 39 days,
// a LeNet with 1.6 mJ 61 times as long. The thesis counts inferences alone.
TEST(Battery, ThesisExample) {
  Cell cell = *load_cell("CR2477");
  cell.self_discharge_percent_per_year = 0;
  const auto resnet = battery_life(
      cell, {.period_s = 30, .inference_s = 2.209, .inference_uj = 98200, .sleep_mw = 0});
  ASSERT_TRUE(resnet);
  EXPECT_NEAR(resnet->days, 39, 1);
  const auto lenet = battery_life(
      cell, {.period_s = 30, .inference_s = 0.0364, .inference_uj = 1600, .sleep_mw = 0});
  ASSERT_TRUE(lenet);
  EXPECT_NEAR(lenet->days / resnet->days, 61, 1);
}

TEST(Battery, SleepAndSelfDischargeShortenTheLife) {
  // 1000 mWh; 0.5 mW sleeping half of the time; a tenth of the capacity a year.
  const Cell cell{.capacity_mah = 500, .nominal_v = 2, .self_discharge_percent_per_year = 10};
  const auto life =
      battery_life(cell, {.period_s = 2, .inference_s = 1, .inference_uj = 2000, .sleep_mw = 0.5});
  ASSERT_TRUE(life);
  EXPECT_DOUBLE_EQ(life->inference_mw, 1);
  EXPECT_DOUBLE_EQ(life->sleep_mw, 0.25);
  EXPECT_NEAR(life->self_discharge_mw, 100 / 8766.0, 1e-12);
  EXPECT_NEAR(life->days, 1000 / (1.25 + 100 / 8766.0) / 24, 1e-9);
}

TEST(Battery, AnInferenceLongerThanThePeriodIsRefused) {
  const auto life = battery_life(*load_cell("CR2032"), {.period_s = 1, .inference_s = 2});
  ASSERT_FALSE(life);
  EXPECT_THAT(life.error().hint, HasSubstr("--period"));
}

const Radio kRadio{.bit_rate = 8000,  // a byte each millisecond
                   .transmit_ma = 10,
                   .receive_ma = 5,
                   .supply_v = 2,
                   .packet_payload_bytes = 10,
                   .packet_overhead_bytes = 2,
                   .packet_wait_ms = 3};

TEST(RadioTransfer, PacketsAddOverheadAndWaiting) {
  const Transfer ideal = transfer(kRadio, 25, Direction::kSend, Packets::kIgnored);
  EXPECT_DOUBLE_EQ(ideal.time_ms, 25);
  EXPECT_DOUBLE_EQ(ideal.energy_uj, 25 * 10 * 2);
  const Transfer sent = transfer(kRadio, 25, Direction::kSend, Packets::kCounted);
  EXPECT_DOUBLE_EQ(sent.time_ms, 25 + 3 * (2 + 3));
  EXPECT_DOUBLE_EQ(sent.energy_uj, 2 * (10 * (25 + 3 * 2) + 5 * 3 * 3));
  const Transfer received = transfer(kRadio, 25, Direction::kReceive, Packets::kCounted);
  EXPECT_DOUBLE_EQ(received.energy_uj, 2 * 5 * (25 + 3 * 2 + 3 * 3));
  EXPECT_EQ(transfer(kRadio, 0, Direction::kSend, Packets::kCounted).energy_uj, 0);
}

TEST(RadioTransfer, BreakEvenIsTheLastPayloadWithinTheEnergy) {
  for (const Packets packets : {Packets::kCounted, Packets::kIgnored})
    for (const double energy_uj : {0.0, 1.0, 70.0, 500.0, 12345.6}) {
      const uint64_t bytes = bytes_for_energy(kRadio, energy_uj, packets);
      EXPECT_LE(transfer(kRadio, bytes, Direction::kSend, packets).energy_uj, energy_uj);
      EXPECT_GT(transfer(kRadio, bytes + 1, Direction::kSend, packets).energy_uj, energy_uj);
    }
}

// Heim's thesis, 6.2 and Figure 6.2: LeNet (1.6 mJ, 32x32x1) infers for less than LoRa, FSK and
// UMTS take, not Bluetooth; ResNet-20 (98.2 mJ, 32x32x3) only for less than UMTS takes.
TEST(Offload, ThesisExample) {
  const auto sending_wins = [](std::string_view radio, uint64_t input_bytes, double inference_uj) {
    const Offload result =
        offload(*load_radio(radio), {.send_bytes = input_bytes, .packets = Packets::kIgnored},
                inference_uj);
    EXPECT_EQ(result.energy_uj <= inference_uj, result.break_even_bytes >= input_bytes);
    return result.energy_uj < inference_uj;
  };
  EXPECT_TRUE(sending_wins("ble5", 1024, 1600));
  for (const char* radio : {"lora", "fsk", "umts"})
    EXPECT_FALSE(sending_wins(radio, 1024, 1600)) << radio;
  for (const char* radio : {"ble5", "lora", "fsk"})
    EXPECT_TRUE(sending_wins(radio, 3072, 98200)) << radio;
  EXPECT_FALSE(sending_wins("umts", 3072, 98200));
}

}  // namespace
}  // namespace thimble::decide
