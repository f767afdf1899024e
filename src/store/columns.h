// Which member of a record is which column: one list for reading and writing.
#pragma once

#include <span>
#include <variant>

#include "store/run.h"
#include "store/sqlite.h"

namespace thimble::store {

template <typename Record>
struct Column {
  using Member =
      std::variant<std::string Record::*, int64_t Record::*, double Record::*, bool Record::*,
                   std::optional<std::string> Record::*, std::optional<int64_t> Record::*,
                   std::optional<double> Record::*, std::optional<bool> Record::*>;
  const char* name;
  Member member;
};

// A table and the columns that the record has; there may be others (those that say what it
// belongs to, as run_key).
template <typename Record>
struct Table {
  const char* name;
  std::span<const Column<Record>> columns;
};

const Table<Run>& run_table();
const Table<Layer>& layer_table();
const Table<Buffer>& buffer_table();
const Table<Model>& model_table();
const Table<Board>& board_table();
const Table<Environment>& environment_table();
const Table<Exhibit>& exhibit_table();
const Table<ExhibitValue>& exhibit_value_table();
const Table<StudyLayer>& study_layer_table();

namespace detail {

template <typename T>
struct Unwrapped {
  using Type = T;
};
template <typename T>
struct Unwrapped<std::optional<T>> {
  using Type = T;
};

template <typename T>
Value to_value(const T& value) {
  if constexpr (std::is_same_v<T, bool>)
    return int64_t{value};
  else
    return value;
}
template <typename T>
Value to_value(const std::optional<T>& value) {
  return value ? to_value(*value) : Value();
}

// What is of another type in the file than the schema says becomes the type's zero: SQLite's
// columns are not strict, and a store is a file from outside.
template <typename T>
void from_value(const Value& value, T& out) {
  using Inner = typename Unwrapped<T>::Type;
  if (std::holds_alternative<std::monostate>(value)) {
    out = T();
  } else if constexpr (std::is_same_v<Inner, std::string>) {
    const auto* text = std::get_if<std::string>(&value);
    out = text ? *text : std::string();
  } else {
    const auto* integer = std::get_if<int64_t>(&value);
    const auto* real = std::get_if<double>(&value);
    if constexpr (std::is_same_v<Inner, double>)
      out = real ? *real : integer ? static_cast<double>(*integer) : 0;
    else
      out = static_cast<Inner>(integer ? *integer : 0);
  }
}

}  // namespace detail

template <typename Record>
Value value_of(const Record& record, const Column<Record>& column) {
  return std::visit([&](auto member) { return detail::to_value(record.*member); }, column.member);
}

template <typename Record>
void set_value(Record& record, const Column<Record>& column, const Value& value) {
  std::visit([&](auto member) { detail::from_value(value, record.*member); }, column.member);
}

// "key, ok, error_code, ...".
template <typename Record>
std::string column_names(const Table<Record>& table) {
  std::string names;
  for (const Column<Record>& column : table.columns)
    names += (names.empty() ? "" : ", ") + std::string(column.name);
  return names;
}

}  // namespace thimble::store
