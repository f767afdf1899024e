/* What the generated functions return. Plain C. */
#ifndef THIMBLE_STATUS_H
#define THIMBLE_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

typedef enum thimble_status {
  THIMBLE_OK = 0,
  THIMBLE_NULL_ARENA = 1,      /* no arena was given */
  THIMBLE_ARENA_TOO_SMALL = 2, /* fewer bytes than THIMBLE_<MODEL>_ARENA_BYTES */
  THIMBLE_ARENA_UNALIGNED = 3  /* not aligned to THIMBLE_<MODEL>_ARENA_ALIGNMENT bytes */
} thimble_status;

#ifdef __cplusplus
}
#endif

#endif
