package dev.holdfast.pam.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.holdfast.pam.Samples;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class NamesTest {
  @Test
  void aNameReadsBackAsItWasWritten() {
    GrantName grant = new GrantName(Samples.name("r-1"), "g1");
    assertEquals("tenants/acme/reservations/r-1/grants/g1", grant.toString());
    assertEquals(grant, GrantName.parse(grant.toString()));
    assertEquals(grant.reservation(), ReservationName.parse(grant.reservation().toString()));
    assertEquals(Samples.ACME, TenantName.parse("tenants/acme"));
    assertEquals(Samples.IMAGE, ImageName.parse(Samples.IMAGE.toString()));
    assertEquals(Samples.CHAIN, ChainName.parse(Samples.CHAIN.toString()));
    String uuid = "f47ac10b-58cc-4372-a567-0e02b2c3d479";
    assertEquals(uuid, RequestId.parse("F47AC10B-58CC-4372-A567-0E02B2C3D479").toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", "tenants/", "tenants/Acme", "tenants/a/b", "tenants/../etc", "tenants/a\n", "tenants/a\0",
        "tenants/1a", "tenants/аcme", "tenant/acme", "tenants/a b", "/tenants/acme", "tenants/acme/"
      })
  void aNameOfAnotherFormIsRefusedAndNotRepeated(String text) {
    Refusal refusal = assertThrows(Refusal.class, () -> TenantName.parse(text));
    Problem.IdFormat problem = assertInstanceOf(Problem.IdFormat.class, refusal.problem());
    assertEquals("ID_FORMAT", problem.reason());
    assertEquals(Problem.Kind.INVALID_ARGUMENT, problem.kind());
    assertFalse(text.length() > 9 && refusal.problem().message().contains(text));
  }

  @Test
  void anEndlessNameIsRefused() {
    String text = "tenants/" + "a".repeat(10_000_000);
    assertThrows(Refusal.class, () -> TenantName.parse(text));
    assertThrows(Refusal.class, () -> new TenantName("a".repeat(64)));
    assertThrows(Refusal.class, () -> RequestId.parse(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "00000000-0000-0000-0000-000000000000", "f47ac10b-58cc-1372-a567-0e02b2c3d479",
        "f47ac10b-58cc-4372-c567-0e02b2c3d479", "1-2-3-4-5"
      })
  void aRequestIdOfAnotherVersionIsRefused(String text) {
    assertThrows(Refusal.class, () -> RequestId.parse(text));
  }

  @Test
  void aUserIsPrintableAndHoldsNoSlash() {
    for (String user : new String[] {"", "a/b", "a\n", "ü", "a".repeat(129)}) {
      assertThrows(
          Refusal.class,
          () -> Workload.of(Samples.IMAGE, Optional.of(user), "batch", Map.of()),
          user);
    }
    Workload.of(Samples.IMAGE, Optional.of("ann@example.com x"), "batch", Map.of());
  }

  @Test
  void inputsAreLimited() {
    assertThrows(Refusal.class, () -> new InputValue.Quantity(Double.NaN));
    assertThrows(Refusal.class, () -> new InputValue.Text("é".repeat(129)));
    Map<String, InputValue> bad = Map.of("Rows", new InputValue.Flag(true));
    assertThrows(
        Refusal.class, () -> Workload.of(Samples.IMAGE, Optional.empty(), "batch", bad));
  }
}
