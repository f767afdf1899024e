#include "reproduce/exhibits.h"

#include <algorithm>
#include <functional>

#include "reproduce/drawing.h"
#include "reproduce/papers.h"

namespace thimble::reproduce {
namespace {

using base::Result;
using store::ExhibitRecord;

store::ExhibitValue value_of(const Figure& figure, const Measurements& measurements) {
  store::ExhibitValue value = {.label = figure.row.what,
                               .unit = figure.row.unit,
                               .published = figure.row.published,
                               .ours = figure.ours,
                               .reason = figure.reason};
  if (!figure.row.operation) value.run_key = key_of(figure.row.run, measurements);
  return value;
}

// One table for each item of the rows, in the order in which they come up first.
std::vector<ExhibitRecord> tables_of_rows(const Material& material) {
  std::vector<ExhibitRecord> tables;
  for (const Figure& figure : material.figures) {
    auto table = std::ranges::find_if(tables, [&](const ExhibitRecord& record) {
      return record.exhibit.number == figure.row.item;
    });
    if (table == tables.end()) {
      tables.push_back({.exhibit = {.number = figure.row.item}});
      table = tables.end() - 1;
    }
    table->values.push_back(value_of(figure, material.measurements));
  }
  return tables;
}

bool is_of_figure(const ExhibitRecord& record) {
  return record.exhibit.number.starts_with("Figure");
}

// Figures, each followed by the table of what the paper says about it.
std::vector<ExhibitRecord> with_statements(std::vector<ExhibitRecord> figures,
                                           std::vector<ExhibitRecord> statements) {
  std::vector<ExhibitRecord> result;
  for (ExhibitRecord& figure : figures) {
    const auto statement = std::ranges::find_if(statements, [&](const ExhibitRecord& record) {
      return record.exhibit.number == figure.exhibit.number;
    });
    result.push_back(std::move(figure));
    if (statement == statements.end()) continue;
    statement->exhibit.title = "what the paper prints of it";
    result.push_back(std::move(*statement));
    statements.erase(statement);
  }
  std::ranges::move(statements, std::back_inserter(result));
  return result;
}

}  // namespace

Result<std::vector<ExhibitRecord>> exhibits(std::string_view paper, const Material& material) {
  std::vector<ExhibitRecord> result = tables_of_rows(material);
  const auto first_statement =
      std::stable_partition(result.begin(), result.end(), std::not_fn(is_of_figure));
  std::vector<ExhibitRecord> statements(std::make_move_iterator(first_statement),
                                        std::make_move_iterator(result.end()));
  result.erase(first_statement, result.end());

  std::vector<ExhibitRecord> figures;
  if (paper == "heim") {
    THIMBLE_ASSIGN(std::vector<ExhibitRecord> more, heim_tables(material));
    std::ranges::move(more, std::back_inserter(result));
    THIMBLE_ASSIGN(figures, heim_figures(material));
  } else if (paper == "profentzas") {
    figures = profentzas_figures(material);
  }
  for (ExhibitRecord& table : result)
    if (table.exhibit.title.empty()) table.exhibit.title = table_title(paper, table.exhibit.number);
  std::ranges::move(with_statements(std::move(figures), std::move(statements)),
                    std::back_inserter(result));
  return result;
}

}  // namespace thimble::reproduce
