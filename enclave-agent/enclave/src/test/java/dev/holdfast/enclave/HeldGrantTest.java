package dev.holdfast.enclave;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Duration;
import dev.holdfast.proto.reservation.v1.Cause;
import dev.holdfast.proto.reservation.v1.Grant;
import dev.holdfast.proto.resource.v1.ResourceVector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What time does to a grant, on a clock that the test moves. */
final class HeldGrantTest {
  private static final long SECOND = 1_000_000_000;

  /** A monotonic clock begins anywhere, and may be about to overflow. */
  private static final long BEGAN = Long.MAX_VALUE - 5 * SECOND;

  private static final ResourceVector LIMITS =
      ResourceVector.newBuilder().setCpuMillicores(1000).build();
  private static final ResourceVector SAFE =
      ResourceVector.newBuilder().setCpuMillicores(250).build();
  private static final Grant TEN_AND_THREE =
      Grant.newBuilder()
          .setName("tenants/t/reservations/r/grants/g")
          .setLimits(LIMITS)
          .setSafeLimits(SAFE)
          .setLifetime(seconds(10))
          .setSafeLifetime(seconds(3))
          .setRefreshInterval(seconds(3))
          .setGeneration(1)
          .build();

  private static Duration seconds(long seconds) {
    return Duration.newBuilder().setSeconds(seconds).build();
  }

  private static long at(long seconds) {
    return BEGAN + seconds * SECOND;
  }

  private static HeldGrant held(Grant grant) {
    return new HeldGrant(
        new Caller(1, ProcessHandle.current().pid()),
        "request",
        "tenants/t/reservations/r",
        grant,
        BEGAN);
  }

  private static String ended(HeldGrant held) {
    return held.update(BEGAN).getRevocation().getReason();
  }

  @Test
  void safeLimitsEndWithTheTimeThatPamGaveAndNotALifetimeLater() {
    HeldGrant held = held(TEN_AND_THREE);
    assertFalse(held.advance(at(10) - 1));
    assertEquals(LIMITS, held.limits());
    assertTrue(held.advance(at(10)));
    assertEquals(SAFE, held.limits());
    assertFalse(held.advance(at(13) - 1));
    assertTrue(held.isLive());
    assertTrue(held.advance(at(13)));
    assertEquals("GRANT_EXPIRED", ended(held));
  }

  @Test
  void whoeverLooksLateFindsItEnded() {
    HeldGrant held = held(TEN_AND_THREE);
    assertTrue(held.advance(at(13)));
    assertEquals("GRANT_EXPIRED", ended(held));
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1, Long.MIN_VALUE})
  void withoutSafeTimeNothingIsKept(long seconds) {
    HeldGrant held = held(TEN_AND_THREE.toBuilder().setSafeLifetime(seconds(seconds)).build());
    assertTrue(held.advance(at(10)));
    assertFalse(held.isLive());
    HeldGrant unsaid = held(TEN_AND_THREE.toBuilder().clearSafeLifetime().build());
    assertTrue(unsaid.advance(at(10)));
    assertFalse(unsaid.isLive());
  }

  @Test
  void noSafeTimeIsBelievedBeyondADay() {
    HeldGrant held =
        held(TEN_AND_THREE.toBuilder().setSafeLifetime(seconds(Long.MAX_VALUE)).build());
    assertTrue(held.advance(at(10)));
    assertEquals(SAFE, held.limits());
    assertTrue(held.advance(at(86_400 + 10)));
    assertFalse(held.isLive());
  }

  @Test
  void aRevocationEndsTheSafeLimitsToo() {
    HeldGrant held = held(TEN_AND_THREE);
    held.advance(at(10));
    held.end(Cause.newBuilder().setReason("TPM_PCR_MISMATCH").build());
    assertEquals("TPM_PCR_MISMATCH", ended(held));
  }

  @Test
  void aRefusalToRenewEndsTheSafeLimitsToo() {
    HeldGrant held = held(TEN_AND_THREE);
    held.advance(at(10));
    held.renewalRefused(Cause.newBuilder().setReason("LEASE_EXPIRED").build());
    assertTrue(held.advance(at(10) + 1));
    assertEquals("LEASE_EXPIRED", ended(held));
  }

  @Test
  void aNewerGrantBringsTheLimitsBackWithItsOwnTimes() {
    HeldGrant held = held(TEN_AND_THREE);
    held.advance(at(10));
    Grant next = TEN_AND_THREE.toBuilder().setGeneration(2).setSafeLifetime(seconds(1)).build();
    assertTrue(held.take(next, at(11)));
    assertEquals(LIMITS, held.limits());
    assertTrue(held.advance(at(21)));
    assertEquals(SAFE, held.limits());
    assertTrue(held.advance(at(22)));
    assertFalse(held.isLive());
  }

  @Test
  void theApplicationIsToldWhatIsLeftAndNoMore() {
    HeldGrant held = held(TEN_AND_THREE);
    Grant live = held.told(at(4));
    assertEquals(seconds(6), live.getLifetime());
    assertEquals(seconds(3), live.getSafeLifetime());
    assertEquals(LIMITS, live.getLimits());
    held.advance(at(10));
    Grant safe = held.told(at(11));
    assertEquals(seconds(2), safe.getLifetime());
    assertFalse(safe.hasSafeLifetime());
    assertEquals(SAFE, safe.getLimits());
    assertEquals(seconds(0), held.told(at(20)).getLifetime());
  }
}
