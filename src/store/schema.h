// The tables of a store and how older ones become newer ones. docs/store.md describes every column.
#pragma once

#include <span>

#include "store/sqlite.h"

namespace thimble::store {

// In the file's header (PRAGMA application_id): "Thmb".
inline constexpr int64_t kApplicationId = 0x54686D62;

// SQL that takes a store from version i to i + 1; version 0 is an empty file.
std::span<const char* const> migrations();

// Brings an empty or older file to the newest version, in one transaction. Errors: kMalformed (the
// file is no store, or damaged), kUnsupported (written by a newer Thimble).
base::Result<> migrate(const Database& database, std::span<const char* const> steps);

}  // namespace thimble::store
