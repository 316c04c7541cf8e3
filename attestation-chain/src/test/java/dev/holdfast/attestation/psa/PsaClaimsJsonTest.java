package dev.holdfast.attestation.psa;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Reason;
import java.util.List;
import org.junit.jupiter.api.Test;

final class PsaClaimsJsonTest {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  @Test
  void claimsOfProfileOneWithinTheirSchemaPass() {
    assertEquals(List.of(), check(claims()));
    ObjectNode least = claims();
    least.remove(List.of("psa-profile", "psa-hwver", "psa-verification-service-indicator"));
    assertEquals(List.of(), check(least));
  }

  @Test
  void membersOfAnotherNameAreIgnored() {
    ObjectNode claims = claims();
    claims.put("eat-profile", 7);
    assertEquals(List.of(), check(claims));
  }

  @Test
  void aMandatoryMemberThatIsMissingOrNullIsRefused() {
    for (String member :
        List.of(
            "psa-client-id",
            "psa-security-lifecycle",
            "psa-implementation-id",
            "psa-boot-seed",
            "psa-nonce",
            "psa-instance-id",
            "psa-software-components")) {
      ObjectNode claims = claims();
      claims.remove(member);
      schema(claims);
      claims.putNull(member);
      schema(claims);
    }
  }

  @Test
  void valuesOutOfTheirSchemaAreRefused() {
    schema(claims().put("psa-profile", "PSA_IOT_PROFILE_2"));
    schema(claims().put("psa-client-id", "1"));
    schema(claims().put("psa-client-id", 1.5));
    schema(claims().put("psa-security-lifecycle", 0x7000));
    schema(claims().put("psa-security-lifecycle", -1));
    schema(claims().put("psa-hwver", "123456789012"));
    schema(claims().put("psa-hwver", "1234567890123-12345"));
    schema(claims().put("psa-verification-service-indicator", ""));
    schema(claims().put("psa-nonce", "no base 64!"));
    schema(claims().put("psa-nonce", new byte[33]));
    schema(claims().put("psa-instance-id", new byte[33]));
    ObjectNode both = claims();
    both.put("psa-no-software-measurements", 1);
    schema(both);
    both.remove("psa-software-components");
    assertEquals(List.of(), check(both));
  }

  @Test
  void whatIsNoJsonIsMalformed() {
    assertEquals(
        Reason.EVIDENCE_MALFORMED,
        PsaClaims.checkJson(Bytes.utf8("{\"psa-nonce\":")).getFirst().reason());
    assertEquals(
        Reason.EVIDENCE_MALFORMED,
        PsaClaims.checkJson(Bytes.utf8("{\"a\":1,\"a\":2}")).getFirst().reason());
    assertEquals(Reason.EVIDENCE_SCHEMA, PsaClaims.checkJson(Bytes.utf8("[]")).getFirst().reason());
  }

  private static ObjectNode claims() {
    ObjectNode component = NODES.objectNode();
    component.put("measurement-type", "BL");
    component.put("measurement-value", new byte[32]);
    component.put("signer-id", new byte[48]);
    ObjectNode claims = NODES.objectNode();
    claims.put("psa-profile", "PSA_IOT_PROFILE_1");
    claims.put("psa-client-id", -3);
    claims.put("psa-security-lifecycle", 0x3000);
    claims.put("psa-implementation-id", new byte[32]);
    claims.put("psa-boot-seed", new byte[32]);
    claims.put("psa-hwver", "1234567890123");
    claims.put("psa-nonce", new byte[64]);
    claims.put("psa-instance-id", PaperPsa.instance().toByteArray());
    claims.put("psa-verification-service-indicator", "https://verifier.example");
    claims.putArray("psa-software-components").add(component);
    return claims;
  }

  private static List<Finding> check(ObjectNode claims) {
    return PsaClaims.checkJson(Bytes.utf8(claims.toString()));
  }

  private static void schema(ObjectNode claims) {
    List<Finding> findings = check(claims);
    assertEquals(
        List.of(Reason.EVIDENCE_SCHEMA),
        findings.stream().map(Finding::reason).toList(),
        claims.toString());
  }
}
