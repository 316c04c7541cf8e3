package dev.holdfast.attestation.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Claim;
import dev.holdfast.attestation.Evidence;
import dev.holdfast.attestation.Fault;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Outcome;
import dev.holdfast.attestation.Pcr;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.codec.MalformedException;
import dev.holdfast.attestation.eventlog.EventLogRules;
import dev.holdfast.attestation.tpm2.AttestationKey;
import dev.holdfast.attestation.tpm2.Credential;
import dev.holdfast.attestation.tpm2.QuotedRegisters;
import dev.holdfast.attestation.tpm2.Tpm2Expectation;
import dev.holdfast.attestation.tpm2.Tpm2QuoteVerifier;
import dev.holdfast.attestation.tpm2.TpmPublic;
import dev.holdfast.attestation.x509.CertificatePath;
import java.math.BigInteger;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The judges of what TPMs sign, and of their enrolment. */
public final class Tpm2Judges {
  private Tpm2Judges() {}

  /** Quotes. */
  public static final class Quote implements Judge {
    @Override
    public String format() {
      return "tpm2-quote";
    }

    @Override
    public Set<Operation> operations() {
      return Set.of(Operation.APPRAISE);
    }

    @Override
    public Set<String> inputs() {
      return Set.of(
          "attest",
          "signature",
          "public_key",
          "certificate",
          "certificates",
          "anchors",
          "nonce",
          "pcrs",
          "event_log");
    }

    @Override
    public Set<String> policyMembers() {
      return Set.of("banks", "reference_pcrs", "event_log_padding_allowed");
    }

    @Override
    public Answer judge(Question question) {
      Inputs inputs = question.inputs();
      Optional<PublicKey> certified = Optional.empty();
      if (inputs.has("certificate")) {
        switch (path(question)) {
          case CertificatePath.Unsound unsound -> {
            return new Answer.Rejected(
                Fault.valueOf(unsound.fault().name()), "the key's certificate: " + unsound.words());
          }
          case CertificatePath.Sound sound -> certified = Optional.of(sound.leaf().getPublicKey());
        }
      }
      AttestationKey.Judgement judged;
      if (inputs.has("public_key")) {
        judged = given(inputs.bytes("public_key"));
        if (certified.isPresent()
            && judged instanceof AttestationKey.Accepted(AttestationKey key)
            && !key.isFor(certified.get())) {
          return new Answer.Rejected(Fault.BINDING, "the certificate is for another key");
        }
      } else {
        judged =
            AttestationKey.trusted(
                certified.orElseThrow(
                    () -> new CaseException("the case has neither public_key nor certificate")));
      }
      return switch (judged) {
        case AttestationKey.Refused(List<Finding> findings) -> Answer.of(findings.getFirst());
        case AttestationKey.Accepted(AttestationKey key) -> judge(question.inputs(), key);
      };
    }

    private static CertificatePath.Judgement path(Question question) {
      Inputs inputs = question.inputs();
      List<Bytes> certificates = new ArrayList<>(List.of(inputs.bytes("certificate")));
      certificates.addAll(inputs.list("certificates"));
      return CertificatePath.find(
          certificates,
          CertificatePath.Anchors.parse(inputs.list("anchors"), List.of()),
          question.at());
    }

    /** A TPMT_PUBLIC begins with its type, 0x00 0x01 or 0x00 0x23. */
    private static AttestationKey.Judgement given(Bytes key) {
      return key.length() > 2 && key.at(0) == 0
          ? AttestationKey.judgeAllowingSha1(key)
          : AttestationKey.trusted(Inputs.key(key, "public_key"));
    }

    private static Answer judge(Inputs inputs, AttestationKey key) {
      Tpm2Expectation expectation =
          Tpm2Expectation.of(key, List.of())
              .withBanks(banks(inputs.policy()))
              // The cases say nothing of the signature's hash; the library refuses SHA-1 unasked.
              .withSha1Signatures()
              .withEventLogRules(
                  EventLogRules.REPLAY_ONLY
                      .withScope(EventLogRules.Scope.FIRMWARE)
                      .withPaddingAllowed(
                          inputs.policy().path("event_log_padding_allowed").asBoolean(false)));
      Bytes attest = inputs.bytes("attest");
      Bytes log = inputs.optional("event_log").orElse(Bytes.EMPTY);
      if (inputs.has("event_log") && log.isEmpty()) {
        return new Answer.Rejected(Fault.MALFORMED, "the event log is empty");
      }
      Evidence.Tpm2Quote quote =
          new Evidence.Tpm2Quote(
              "", attest, inputs.bytes("signature"), values(inputs, attest), log, Bytes.EMPTY);
      Outcome outcome = Tpm2QuoteVerifier.verifyQuote(quote, inputs.bytes("nonce"), expectation);
      return switch (outcome) {
        case Outcome.Refused _ -> Answer.of(outcome);
        case Outcome.Proven(List<Claim> claims, var _) ->
            mismatch(claims, inputs).orElseGet(() -> Answer.of(outcome));
      };
    }

    private static Set<PcrBank> banks(JsonNode policy) {
      if (!policy.has("banks")) {
        return EnumSet.of(PcrBank.SHA256, PcrBank.SHA384, PcrBank.SHA512);
      }
      Set<PcrBank> banks = EnumSet.noneOf(PcrBank.class);
      policy.get("banks").forEach(bank -> banks.add(TpmInputs.bank(bank.asText(), "policy")));
      return banks;
    }

    /** Cases give registers beyond those quoted; a node may not. */
    private static List<Evidence.ReportedPcr> values(Inputs inputs, Bytes attest) {
      Set<Pcr> quoted = QuotedRegisters.of(attest);
      List<Evidence.ReportedPcr> values = new ArrayList<>();
      for (TpmInputs.Given given : TpmInputs.registers(inputs.json("pcrs"), "pcrs")) {
        boolean rightLength = given.value().length() == given.bank().digestLength();
        if (rightLength && quoted.contains(new Pcr(given.bank(), given.index()))) {
          values.add(
              new Evidence.ReportedPcr(given.bank().algorithm(), given.index(), given.value()));
        }
      }
      return values;
    }

    private static Optional<Answer> mismatch(List<Claim> claims, Inputs inputs) {
      JsonNode references = inputs.policy().path("reference_pcrs");
      for (TpmInputs.Given reference : TpmInputs.registers(references, "reference_pcrs")) {
        Pcr pcr = new Pcr(reference.bank(), reference.index());
        boolean held =
            claims.stream()
                .filter(claim -> claim.name().equals(pcr.claim()))
                .anyMatch(claim -> claim.comparable().equals(Optional.of(reference.value())));
        if (!held) {
          return Optional.of(
              Answer.of(
                  Finding.against(
                      Reason.TPM_PCR_MISMATCH,
                      pcr.claim() + " does not hold the reference value")));
        }
      }
      return Optional.empty();
    }
  }

  /** Credentials made with a given ephemeral key. */
  public static final class MadeCredential implements Judge {
    @Override
    public String format() {
      return "tpm2-credential";
    }

    @Override
    public Set<Operation> operations() {
      return Set.of(Operation.KNOWN_ANSWER);
    }

    @Override
    public Set<String> inputs() {
      return Set.of(
          "ek_public",
          "name",
          "secret",
          "ephemeral_private",
          "expected_id_object",
          "expected_encrypted_secret");
    }

    @Override
    public Answer judge(Question question) {
      Inputs inputs = question.inputs();
      try {
        TpmPublic ek = TpmPublic.parseSized(inputs.bytes("ek_public"));
        BigInteger ephemeral = new BigInteger(1, inputs.bytes("ephemeral_private").toByteArray());
        Credential made =
            Credential.make(ek, inputs.bytes("name"), inputs.bytes("secret"), ephemeral);
        boolean same =
            unsized(made.idObject()).equals(inputs.bytes("expected_id_object"))
                && unsized(made.encryptedSecret())
                    .equals(inputs.bytes("expected_encrypted_secret"));
        return same
            ? new Answer.Accepted("the same credential")
            : new Answer.Rejected(Fault.BINDING, "another credential than the one expected");
      } catch (MalformedException e) {
        return new Answer.Rejected(Fault.MALFORMED, e.words());
      } catch (IllegalArgumentException e) {
        return new Answer.Rejected(Fault.MALFORMED, String.valueOf(e.getMessage()));
      }
    }

    private static Bytes unsized(Bytes sized) {
      return sized.slice(2, sized.length());
    }
  }
}
