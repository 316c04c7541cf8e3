/*
 * What the Open Enclave SDK documents of its host API, in our own words, as far as we call it:
 * attestation/verifier.h, bits/evidence.h, bits/result.h, bits/types.h, host.h, internal/trace.h.
 */
#ifndef HOLDFAST_OPENENCLAVE_H
#define HOLDFAST_OPENENCLAVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef unsigned int oe_result_t;

enum {
  OE_OK = 0,
  OE_FAILURE = 1,
  OE_INVALID_PARAMETER = 3,
  OE_OUT_OF_MEMORY = 5,
  OE_VERIFY_FAILED = 8,
  OE_TCB_LEVEL_INVALID = 34,
  OE_RESULTS = 59
};

typedef struct { uint8_t b[16]; } oe_uuid_t;

typedef struct {
  char *name;
  uint8_t *value;
  size_t value_size;
} oe_claim_t;

typedef enum {
  OE_POLICY_ENDORSEMENTS_TIME = 1,
  OE_POLICY_ENDORSEMENTS_BASELINE = 2,
  OE_POLICY_TCB_BASELINE_DATE = 3
} oe_policy_type_t;

typedef struct {
  oe_policy_type_t type;
  void *policy;
  size_t policy_size;
} oe_policy_t;

typedef struct {
  uint32_t year, month, day, hours, minutes, seconds;
} oe_datetime_t;

typedef struct oe_enclave oe_enclave_t;

typedef void (*oe_log_callback_t)(
    void *context, bool is_enclave, const char *time, long usecs, int level, uint64_t thread,
    const char *message);

#endif
