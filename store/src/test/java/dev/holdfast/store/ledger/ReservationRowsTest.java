package dev.holdfast.store.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.holdfast.attestation.NodeName;
import dev.holdfast.attestation.PathwayName;
import dev.holdfast.pam.grant.Grant;
import dev.holdfast.pam.model.ChainName;
import dev.holdfast.pam.model.GrantName;
import dev.holdfast.pam.model.ReservationName;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.TenantName;
import dev.holdfast.store.proto.AmountsRow;
import dev.holdfast.store.proto.GrantRow;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ReservationRowsTest {
  private static final Grant GRANT =
      new Grant(
          new GrantName(new ReservationName(new TenantName("acme"), "r1"), "g1"),
          3,
          new ChainName(new PathwayName("edge", "p1"), "c1"),
          ResourceVector.of(Resource.CPU_MILLICORES, 500),
          ResourceVector.of(Resource.CPU_MILLICORES, 250),
          Duration.ofSeconds(60),
          Instant.parse("2026-03-02T12:01:00Z"),
          Duration.ofSeconds(17),
          Duration.ofSeconds(20),
          new NodeName("edge", "e1"));

  @Test
  void aGrantComesBackAsItWas() {
    assertEquals(GRANT, ReservationRows.value(ReservationRows.row(GRANT)));
  }

  @Test
  void aGrantStoredBeforeSafeTimeWasCountedKeepsNothingWhenItExpires() {
    GrantRow old = ReservationRows.row(GRANT).toBuilder().clearSafeLifetimeMillis().build();
    Grant read = ReservationRows.value(old);
    assertEquals(Duration.ZERO, read.safeLifetime());
    assertEquals(GRANT.expiresAt(), read.safeUntil());
    assertEquals(GRANT.limits(), read.limits());
  }

  /** Rows of before said amounts by the names of the resources. */
  @Test
  void anAmountStoredByNamesIsTheSame() {
    ResourceVector amount =
        ResourceVector.of(
            Map.of(Resource.CPU_MILLICORES, 500L, Resource.GPU_MEMORY_BYTES, 1L << 50));
    AmountsRow old =
        AmountsRow.newBuilder()
            .putByName("CPU_MILLICORES", 500)
            .putByName("GPU_MEMORY_BYTES", 1L << 50)
            .build();
    assertEquals(amount, Rows.amounts(old));
    assertEquals(amount, Rows.amounts(Rows.amounts(amount)));
    assertEquals(ResourceVector.ZERO, Rows.amounts(AmountsRow.getDefaultInstance()));
  }

  @Test
  void anAmountOfAResourceThatIsNotKnownIsNone() {
    AmountsRow newer = Rows.amounts(ResourceVector.ZERO).toBuilder().addByNumber(1).build();
    assertThrows(RuntimeException.class, () -> Rows.amounts(newer));
  }
}
