// A program as anybody writes it: the C library does the rest. Nothing here knows Thimble.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int by_value(const void* a, const void* b) {
  return *(const int*)a - *(const int*)b;
}

int main(int argc, char** argv) {
  enum { kCount = 500 };
  int* values = malloc(kCount * sizeof *values);
  if (!values) return 1;
  unsigned state = 1;
  for (int i = 0; i < kCount; ++i) {
    state = state * 1103515245u + 12345u;
    values[i] = (int)(state >> 16 & 0x7FFF);
  }
  qsort(values, kCount, sizeof *values, by_value);
  int sorted = 1;
  double sum = 0;
  for (int i = 0; i < kCount; ++i) {
    sum += 1.0 / (1 + values[i]);
    if (i > 0 && values[i - 1] > values[i]) sorted = 0;
  }
  printf("%d argument, %s\n", argc, argc > 0 && strlen(argv[0]) > 0 ? "a name" : "no name");
  printf("sorted: %d, sum %.9f, %s\n", sorted, sum, values[0] < values[kCount - 1] ? "up" : "down");
  fprintf(stderr, "an error message\n");
  FILE* file = fopen("no_such_file.txt", "r");
  printf("file: %s\n", file ? "opened" : "absent");
  printf("input: %d\n", getchar());
  printf("clock: %s\n", clock() != (clock_t)-1 ? "runs" : "stands");
  free(values);
  return 42;
}
