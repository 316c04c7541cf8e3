/*
 * A library with the SDK's host API that keeps to its documented contract, or breaks it as told. It
 * reads evidence and believes it unseen; it counts what it hands out and what comes back.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "openenclave.h"

enum behaviour {
  ORDERLY,
  RESULT,              /* verifying and entering the enclave come to the result that is set */
  CLAIMS_NULL,         /* success, and no claims */
  CLAIMS_NOWHERE,      /* success, and claims at no address */
  CLAIMS_HUGE,         /* success, and more claims than memory */
  VALUE_HUGE,          /* a claim longer than memory */
  NAME_NULL,           /* a claim without a name */
  VALUE_NULL,          /* a claim of 8 bytes at no address */
  NAME_LONG,           /* a name of 64 KiB */
  FORMATS_NOWHERE,     /* formats at no address */
  FORMATS_HUGE,        /* more formats than memory */
  WORDS_NULL,          /* results without words */
  WORDS_LONG,          /* words without an end */
  LOG_FLOOD,           /* a flood of long lines, and of none */
  SLOW,                /* verifying and starting an enclave wait until they are released */
  EVIDENCE_LIES,       /* more evidence than there was room for */
  START_FAILS,         /* the verifier does not start */
  ENCLAVE_NULL,        /* an enclave that is none */
  ENCLAVE_REFUSES      /* the enclave itself comes to the result that is set */
};

struct oe_enclave { int alive; };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t released = PTHREAD_COND_INITIALIZER;
static int behaviour;
static oe_result_t told;
static int release;
static void *live[4096];
static size_t live_sizes[4096];
static long outstanding, wrong_frees, starts, stops;
static oe_log_callback_t callback;
static void *callback_context;
static uint8_t last_policies[256];
static size_t last_policies_size;

static void handed_out(void *address, size_t size) {
  pthread_mutex_lock(&lock);
  for (int i = 0; i < 4096; i++) {
    if (!live[i]) {
      live[i] = address;
      live_sizes[i] = size;
      outstanding++;
      break;
    }
  }
  pthread_mutex_unlock(&lock);
}

/* Whether it was out, with this size, and is back now for the first time. */
static bool came_back(void *address, size_t size) {
  bool right = false;
  pthread_mutex_lock(&lock);
  for (int i = 0; i < 4096 && address; i++) {
    if (live[i] == address) {
      right = live_sizes[i] == size;
      live[i] = NULL;
      outstanding--;
      break;
    }
  }
  if (!right) wrong_frees++;
  pthread_mutex_unlock(&lock);
  return right;
}

static void log_line(int level, const char *message) {
  oe_log_callback_t now = callback;
  if (now) now(callback_context, level == 1, "2026-03-01T12:00:00+0000", 1, level, 7, message);
}

/* What a test says and asks. */

void contract_behave(int how, unsigned int result) {
  pthread_mutex_lock(&lock);
  behaviour = how;
  told = result;
  release = 0;
  pthread_mutex_unlock(&lock);
}

void contract_release(void) {
  pthread_mutex_lock(&lock);
  release = 1;
  pthread_cond_broadcast(&released);
  pthread_mutex_unlock(&lock);
}

void contract_reset(void) {
  pthread_mutex_lock(&lock);
  memset(live, 0, sizeof live);
  outstanding = wrong_frees = starts = stops = 0;
  behaviour = ORDERLY;
  pthread_mutex_unlock(&lock);
}

static long read_number(long *number) {
  pthread_mutex_lock(&lock);
  long value = *number;
  pthread_mutex_unlock(&lock);
  return value;
}

long contract_outstanding(void) { return read_number(&outstanding); }
long contract_wrong_frees(void) { return read_number(&wrong_frees); }
long contract_starts(void) { return read_number(&starts); }
long contract_stops(void) { return read_number(&stops); }

size_t contract_policies(uint8_t *into, size_t capacity) {
  pthread_mutex_lock(&lock);
  size_t size = last_policies_size < capacity ? last_policies_size : capacity;
  memcpy(into, last_policies, size);
  pthread_mutex_unlock(&lock);
  return size;
}

static void *late(void *message) {
  log_line(3, message);
  return NULL;
}

/* A line from a thread that the caller never saw. */
void contract_late_log(const char *message) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, late, (void *)message) == 0) pthread_join(thread, NULL);
}

/* The API. */

oe_result_t oe_log_set_callback(void *context, oe_log_callback_t heard) {
  callback_context = context;
  callback = heard;
  return OE_OK;
}

const char *oe_result_str(oe_result_t result) {
  static char words_long[1 << 16];
  static const char *const some[] = {"OE_OK", "OE_FAILURE"};
  if (behaviour == WORDS_NULL) return NULL;
  if (behaviour == WORDS_LONG) {
    memset(words_long, 'x', sizeof words_long);
    return words_long;
  }
  if (result < 2) return some[result];
  if (result == OE_VERIFY_FAILED) return "OE_VERIFY_FAILED";
  if (result == OE_TCB_LEVEL_INVALID) return "OE_TCB_LEVEL_INVALID";
  return result < OE_RESULTS ? "OE_OTHER" : "OE_UNKNOWN";
}

oe_result_t oe_verifier_initialize(void) {
  log_line(4, "verifier starts");
  if (behaviour == START_FAILS) return told;
  pthread_mutex_lock(&lock);
  starts++;
  pthread_mutex_unlock(&lock);
  return OE_OK;
}

oe_result_t oe_verifier_shutdown(void) {
  pthread_mutex_lock(&lock);
  stops++;
  pthread_mutex_unlock(&lock);
  return OE_OK;
}

oe_result_t oe_verifier_get_formats(oe_uuid_t **formats, size_t *length) {
  static const uint8_t ecdsa[16] = {0xa3, 0xa2, 0x1e, 0x87, 0x1b, 0x4d, 0x40, 0x14,
                                    0xb7, 0x0a, 0xa1, 0x25, 0xd2, 0xfb, 0xcd, 0x8c};
  if (behaviour == RESULT) return told;
  if (behaviour == FORMATS_NOWHERE) {
    *formats = NULL;
    *length = 3;
    return OE_OK;
  }
  oe_uuid_t *list = calloc(2, sizeof *list);
  memcpy(list[0].b, ecdsa, 16);
  memset(list[1].b, 0x11, 16);
  handed_out(list, 0);
  *formats = list;
  *length = behaviour == FORMATS_HUGE ? (size_t)1 << 60 : 2;
  return OE_OK;
}

oe_result_t oe_verifier_free_formats(oe_uuid_t *formats) {
  if (came_back(formats, 0)) free(formats);
  return OE_OK;
}

static void add(oe_claim_t *claims, size_t *count, const char *name, const void *value, size_t size) {
  oe_claim_t *claim = &claims[(*count)++];
  claim->name = strdup(name);
  claim->value = malloc(size ? size : 1);
  if (size) memcpy(claim->value, value, size);
  claim->value_size = size;
}

static oe_result_t read_claims(
    const oe_uuid_t *format, const uint8_t *evidence, size_t size, oe_claim_t **claims,
    size_t *length) {
  static const uint8_t ecdsa[16] = {0xa3, 0xa2, 0x1e, 0x87, 0x1b, 0x4d, 0x40, 0x14,
                                    0xb7, 0x0a, 0xa1, 0x25, 0xd2, 0xfb, 0xcd, 0x8c};
  if (!format) {
    if (size < 32 || evidence[0] != 3 || memcmp(evidence + 4, ecdsa, 16)) return OE_VERIFY_FAILED;
    evidence += 32;
    size -= 32;
  }
  if (size < 436) return OE_VERIFY_FAILED;
  uint32_t signature_size;
  memcpy(&signature_size, evidence + 432, 4);
  if (signature_size > size - 436) return OE_VERIFY_FAILED;
  const uint8_t *report = evidence + 48;
  uint32_t version = 1, svn = report[258] | report[259] << 8;
  uint64_t attributes = 2 | ((report[48] & 2) ? 1 : 0);
  uint8_t product[16] = {report[256], report[257]};
  oe_claim_t *list = calloc(8, sizeof *list);
  size_t count = 0;
  add(list, &count, "id_version", &version, 4);
  add(list, &count, "security_version", &svn, 4);
  add(list, &count, "attributes", &attributes, 8);
  add(list, &count, "unique_id", report + 64, 32);
  add(list, &count, "signer_id", report + 128, 32);
  add(list, &count, "product_id", product, 16);
  add(list, &count, "format_uuid", ecdsa, 16);
  add(list, &count, "custom_claims_buffer", evidence + 436 + signature_size,
      size - 436 - signature_size);
  *claims = list;
  *length = count;
  return OE_OK;
}

static void misbehave(oe_claim_t *claims, size_t *length) {
  switch (behaviour) {
    case CLAIMS_HUGE: *length = (size_t)1 << 40; break;
    case VALUE_HUGE: claims[3].value_size = (size_t)1 << 62; break;
    case NAME_NULL: free(claims[2].name); claims[2].name = NULL; break;
    case VALUE_NULL: free(claims[2].value); claims[2].value = NULL; break;
    case NAME_LONG:
      free(claims[1].name);
      claims[1].name = malloc(1 << 16);
      memset(claims[1].name, 'n', 1 << 16);
      claims[1].name[(1 << 16) - 1] = 0;
      break;
    default: break;
  }
}

static void flood(void) {
  static char line[1 << 16];
  memset(line, 'l', sizeof line - 1);
  for (int i = 0; i < 1000; i++) log_line(i % 9, i % 2 ? line : NULL);
}

oe_result_t oe_verify_evidence(
    const oe_uuid_t *format, const uint8_t *evidence, size_t evidence_size,
    const uint8_t *endorsements, size_t endorsements_size, const oe_policy_t *policies,
    size_t policies_size, oe_claim_t **claims, size_t *length) {
  if (!evidence || !evidence_size || !claims || !length || (!endorsements && endorsements_size) ||
      (!policies && policies_size)) {
    return OE_INVALID_PARAMETER;
  }
  pthread_mutex_lock(&lock);
  last_policies_size = 0;
  for (size_t i = 0; i < policies_size; i++) {
    uint8_t type = (uint8_t)policies[i].type, size = (uint8_t)policies[i].policy_size;
    if (last_policies_size + 2 + size > sizeof last_policies) break;
    last_policies[last_policies_size++] = type;
    last_policies[last_policies_size++] = size;
    memcpy(last_policies + last_policies_size, policies[i].policy, size);
    last_policies_size += size;
  }
  while (behaviour == SLOW && !release) pthread_cond_wait(&released, &lock);
  int how = behaviour;
  oe_result_t result = told;
  pthread_mutex_unlock(&lock);
  log_line(2, "verifying\nnow");
  if (how == LOG_FLOOD) flood();
  if (how == RESULT && result != OE_OK && result != OE_TCB_LEVEL_INVALID) {
    /* What was allocated is freed again, and what is left in the pointers means nothing. */
    *claims = (oe_claim_t *)0x1;
    *length = 7;
    return result;
  }
  if (how == CLAIMS_NULL || how == CLAIMS_NOWHERE) {
    *claims = NULL;
    *length = how == CLAIMS_NULL ? 0 : 5;
    return OE_OK;
  }
  oe_result_t read = read_claims(format, evidence, evidence_size, claims, length);
  if (read != OE_OK) return read;
  oe_claim_t *list = *claims;
  misbehave(list, length);
  handed_out(list, *length);
  return how == RESULT ? result : OE_OK;
}

oe_result_t oe_free_claims(oe_claim_t *claims, size_t length) {
  if (!came_back(claims, length)) return OE_INVALID_PARAMETER;
  for (size_t i = 0; i < 8; i++) {
    free(claims[i].name);
    free(claims[i].value);
  }
  free(claims);
  return OE_OK;
}

/* The stub of an enclave image, as its interface definition says. */

oe_result_t oe_create_holdfast_enclave(
    const char *path, int type, uint32_t flags, const void *settings, uint32_t setting_count,
    oe_enclave_t **enclave) {
  if (type != 1 || settings || setting_count || flags > 1 || path[0] != '/') {
    return OE_INVALID_PARAMETER;
  }
  if (behaviour == RESULT) return told;
  pthread_mutex_lock(&lock);
  while (behaviour == SLOW && !release) pthread_cond_wait(&released, &lock);
  pthread_mutex_unlock(&lock);
  if (behaviour == ENCLAVE_NULL) {
    *enclave = NULL;
    return OE_OK;
  }
  oe_enclave_t *started = calloc(1, sizeof *started);
  started->alive = 1;
  handed_out(started, 0);
  *enclave = started;
  return OE_OK;
}

oe_result_t oe_terminate_enclave(oe_enclave_t *enclave) {
  if (came_back(enclave, 0)) free(enclave);
  return OE_OK;
}

oe_result_t holdfast_get_evidence(
    oe_enclave_t *enclave, oe_result_t *result, const uint8_t *format, const uint8_t *custom_claims,
    size_t custom_claims_size, uint8_t *evidence, size_t evidence_capacity, size_t *evidence_size,
    uint8_t *endorsements, size_t endorsements_capacity, size_t *endorsements_size) {
  if (!enclave->alive) return OE_FAILURE;
  if (behaviour == RESULT) return told;
  *result = behaviour == ENCLAVE_REFUSES ? told : OE_OK;
  if (*result != OE_OK) return OE_OK;
  size_t quote = 436, size = 32 + quote + custom_claims_size;
  if (size > evidence_capacity || endorsements_capacity < 4) return OE_FAILURE;
  memset(evidence, 0, size);
  evidence[0] = 3;
  memcpy(evidence + 4, format, 16);
  uint64_t data = quote + custom_claims_size;
  memcpy(evidence + 24, &data, 8);
  memset(evidence + 32 + 48 + 64, 0xe1, 32);
  memcpy(evidence + 32 + quote, custom_claims, custom_claims_size);
  *evidence_size = behaviour == EVIDENCE_LIES ? evidence_capacity + 1 : size;
  memcpy(endorsements, "ends", 4);
  *endorsements_size = 4;
  return OE_OK;
}
