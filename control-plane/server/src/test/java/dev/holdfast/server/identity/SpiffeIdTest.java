package dev.holdfast.server.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SpiffeIdTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "spiffe://holdfast.example/operators/ada",
        "spiffe://a/b",
        "spiffe://holdfast.example/trustZones/edge/nodes/h1",
        "spiffe://holdfast.example/tenants/acme/a.b_c-D..e",
      })
  void anIdReadIsWrittenTheSame(String text) {
    assertEquals(text, SpiffeId.parse(text).toString());
  }

  @Test
  void itsPartsAreTheDomainAndThePathWithoutItsSlash() {
    SpiffeId id = SpiffeId.parse("spiffe://holdfast.example/operators/ada");
    assertEquals("holdfast.example", id.trustDomain());
    assertEquals("operators/ada", id.path());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "spiffe:///operators/ada",
        "spiffe://holdfast.example",
        "spiffe://holdfast.example/",
        "https://holdfast.example/operators/ada",
        "SPIFFE://holdfast.example/operators/ada",
        "spiffe://Holdfast.example/operators/ada",
        "spiffe://holdfast.example:443/operators/ada",
        "spiffe://ada@holdfast.example/operators/ada",
        "spiffe://holdfast.example/operators/ada?x=1",
        "spiffe://holdfast.example/operators/ada#x",
        "spiffe://holdfast.example/operators//ada",
        "spiffe://holdfast.example/operators/ada/",
        "spiffe://holdfast.example/operators/../tenants",
        "spiffe://holdfast.example/./operators",
        "spiffe://holdfast.example/operators/.",
        "spiffe://holdfast.example/operators/a%2fb",
        "spiffe://holdfast.example/operators/a%00b",
        "spiffe://holdfast.example/operators/\u00e4da",
        "operators/ada",
      })
  void whatIsNoIdIsRefused(String text) {
    assertThrows(IllegalArgumentException.class, () -> SpiffeId.parse(text));
  }

  @Test
  void aPathHasAThousandAndTwentyFourCharactersAtMost() {
    String path = "a".repeat(1024);
    assertEquals(path, new SpiffeId("holdfast.example", path).path());
    assertThrows(
        IllegalArgumentException.class, () -> new SpiffeId("holdfast.example", path + "a"));
  }
}
