/* Prints where a compiler puts the fields of the SDK's structures. */
#include <stdio.h>
#include "openenclave.h"

int main(void) {
  printf("size_t %zu\n", sizeof(size_t));
  printf("oe_result_t %zu\n", sizeof(oe_result_t));
  printf("oe_uuid_t %zu\n", sizeof(oe_uuid_t));
  printf("oe_claim_t %zu\n", sizeof(oe_claim_t));
  printf("oe_claim_t.name %zu\n", offsetof(oe_claim_t, name));
  printf("oe_claim_t.value %zu\n", offsetof(oe_claim_t, value));
  printf("oe_claim_t.value_size %zu\n", offsetof(oe_claim_t, value_size));
  printf("oe_policy_t %zu\n", sizeof(oe_policy_t));
  printf("oe_policy_t.type %zu\n", offsetof(oe_policy_t, type));
  printf("oe_policy_t.policy %zu\n", offsetof(oe_policy_t, policy));
  printf("oe_policy_t.policy_size %zu\n", offsetof(oe_policy_t, policy_size));
  printf("oe_policy_type_t %zu\n", sizeof(oe_policy_type_t));
  printf("oe_datetime_t %zu\n", sizeof(oe_datetime_t));
  printf("oe_datetime_t.seconds %zu\n", offsetof(oe_datetime_t, seconds));
  return 0;
}
