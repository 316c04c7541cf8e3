package dev.holdfast.attestation.tpm2;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Claim;
import dev.holdfast.attestation.Evidence;
import dev.holdfast.attestation.Outcome;
import dev.holdfast.attestation.Pcr;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.PcrValue;
import dev.holdfast.attestation.VectorsTest;
import dev.holdfast.attestation.eventlog.EventLogRules;
import dev.holdfast.attestation.x509.CertificatePath;
import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.X509EncodedKeySpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** How the cases of tpm2-quote and tpm2-credential are judged. */
public final class QuoteCases {
  private QuoteCases() {}

  public static String quote(VectorsTest.Case one) throws Exception {
    PublicKey key;
    if (one.has("certificate")) {
      List<Bytes> certificates = new ArrayList<>(List.of(one.bytes("certificate")));
      certificates.addAll(one.list("certificates"));
      CertificatePath.Anchors anchors =
          CertificatePath.Anchors.parse(one.list("anchors"), List.of());
      if (CertificatePath.find(certificates, anchors, one.at())
          instanceof CertificatePath.Unsound) {
        return "reject";
      }
      X509Certificate leaf =
          (X509Certificate)
              CertificateFactory.getInstance("X.509")
                  .generateCertificate(
                      new ByteArrayInputStream(one.bytes("certificate").toByteArray()));
      key = leaf.getPublicKey();
    } else {
      key = publicKey(one.bytes("public_key"));
    }
    Bytes area =
        PaperTpm.encode(key, PaperTpm.AK_ATTRIBUTES, SignatureScheme.ALG_NULL, PcrBank.SHA256);
    if (!(AttestationKey.judge(area) instanceof AttestationKey.Accepted(AttestationKey ak))) {
      return "reject";
    }
    Map<String, Object> policy = one.object("policy");
    Set<PcrBank> banks = EnumSet.of(PcrBank.SHA256, PcrBank.SHA384, PcrBank.SHA512);
    if (policy.get("banks") instanceof List<?> allowed) {
      banks = EnumSet.noneOf(PcrBank.class);
      for (Object bank : allowed) {
        banks.add(VectorsTest.Case.bank(String.valueOf(bank)));
      }
    }
    boolean padding = Boolean.TRUE.equals(policy.get("event_log_padding_allowed"));
    Tpm2Expectation expectation =
        Tpm2Expectation.of(ak, List.of())
            .withBanks(banks)
            .withEventLogRules(EventLogRules.REPLAY_ONLY.withPaddingAllowed(padding));
    Attest attest = parse(one.bytes("attest"));
    List<Evidence.ReportedPcr> values = new ArrayList<>();
    Map<Pcr, Bytes> given = one.registers("pcrs", 0);
    // The set gives registers beyond those quoted; a node may not.
    given.forEach(
        (pcr, value) -> {
          if (attest == null
              || attest.quote().isEmpty()
              || attest.quote().get().pcrs().contains(pcr)) {
            values.add(new Evidence.ReportedPcr(pcr.bank().algorithm(), pcr.index(), value));
          }
        });
    Bytes log = one.has("event_log") ? one.bytes("event_log") : Bytes.EMPTY;
    Evidence.Tpm2Quote quote =
        new Evidence.Tpm2Quote(
            "", one.bytes("attest"), one.bytes("signature"), values, log, Bytes.EMPTY);
    Outcome outcome = Tpm2QuoteVerifier.verifyQuote(quote, one.bytes("nonce"), expectation);
    return switch (outcome) {
      case Outcome.Refused _ -> "reject";
      case Outcome.Proven(List<Claim> claims, Optional<Instant> _) ->
          holds(claims, references(policy)) ? "accept" : "reject";
    };
  }

  private static Map<Pcr, Bytes> references(Map<String, Object> policy) {
    Map<Pcr, Bytes> references = new TreeMap<>();
    if (policy.get("reference_pcrs") instanceof Map<?, ?> banks) {
      banks.forEach(
          (bank, values) ->
              ((Map<?, ?>) values)
                  .forEach(
                      (index, hex) ->
                          references.put(
                              new Pcr(
                                  VectorsTest.Case.bank(String.valueOf(bank)),
                                  Integer.parseInt(String.valueOf(index))),
                              Bytes.fromHex(String.valueOf(hex)))));
    }
    return references;
  }

  private static boolean holds(List<Claim> claims, Map<Pcr, Bytes> references) {
    return references.entrySet().stream()
        .allMatch(
            entry ->
                claims.contains(
                    new Claim.RegisterDigest(new PcrValue(entry.getKey(), entry.getValue()))));
  }

  private static @org.jspecify.annotations.Nullable Attest parse(Bytes bytes) {
    try {
      return Attest.parse(bytes);
    } catch (RuntimeException e) {
      return null;
    }
  }

  private static PublicKey publicKey(Bytes bytes) throws Exception {
    byte[] der = bytes.toByteArray();
    if (der[0] == '-') {
      String pem = new String(der, StandardCharsets.US_ASCII);
      der = Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", ""));
    }
    try {
      return KeyFactory.getInstance("RSA").generatePublic(new X509EncodedKeySpec(der));
    } catch (java.security.spec.InvalidKeySpecException e) {
      return KeyFactory.getInstance("EC").generatePublic(new X509EncodedKeySpec(der));
    }
  }

  public static String credential(VectorsTest.Case one) throws Exception {
    TpmPublic ek = TpmPublic.parseSized(one.bytes("ek_public"));
    BigInteger ephemeral = new BigInteger(1, one.bytes("ephemeral_private").toByteArray());
    Credential made = Credential.make(ek, one.bytes("name"), one.bytes("secret"), ephemeral);
    Bytes id = made.idObject().slice(2, made.idObject().length());
    Bytes secret = made.encryptedSecret().slice(2, made.encryptedSecret().length());
    return id.equals(one.bytes("expected_id_object"))
            && secret.equals(one.bytes("expected_encrypted_secret"))
        ? "accept"
        : "reject";
  }
}
