package dev.holdfast.bench;

import dev.holdfast.attestation.Binding;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Challenge;
import dev.holdfast.attestation.Evidence;
import dev.holdfast.attestation.EvidenceBundle;
import dev.holdfast.attestation.Nonce;
import dev.holdfast.attestation.Pcr;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.PcrSelection;
import dev.holdfast.attestation.Sha256;
import dev.holdfast.attestation.eventlog.EventLogRules;
import dev.holdfast.attestation.eventlog.EventLogWriter;
import dev.holdfast.attestation.eventlog.EventType;
import dev.holdfast.attestation.tpm2.Attest;
import dev.holdfast.attestation.tpm2.AttestationKey;
import dev.holdfast.attestation.tpm2.Tpm2Expectation;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * Quotes as TPMs of nodes make them (TPM 2.0 Part 2, TPMS_ATTEST), signed here by keys in memory.
 */
final class Quotes {
  /** Events in the log of each. */
  static final int EVENTS = 30;

  private static final int ALG_ECC = 0x0023;
  private static final int ALG_NULL = 0x0010;
  private static final int ALG_ECDSA = 0x0018;
  private static final int CURVE_P256 = 0x0003;
  private static final int SEPARATORS = 8;

  /** Restricted, sign, fixedTPM, fixedParent, sensitiveDataOrigin, userWithAuth. */
  private static final int ATTRIBUTES = 0x00050072;

  private Quotes() {}

  /**
   * One answer to one challenge.
   *
   * @param rawSignature r and s, 32 bytes each
   */
  record Answer(
      EvidenceBundle bundle,
      Challenge challenge,
      Tpm2Expectation expectation,
      Bytes attest,
      Bytes rawSignature) {}

  /** Answers of as many nodes, each with a key, a log and a nonce of its own. */
  static List<Answer> of(int count, long seed) throws GeneralSecurityException, IOException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    var random = new Random(seed);
    List<Answer> answers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      var nonce = new Nonce(draw(random, Nonce.LENGTH));
      answers.add(answer(generator.generateKeyPair(), generator.generateKeyPair(), nonce, random));
    }
    return answers;
  }

  /** Answers to these challenges, each by a node of its own. */
  static List<Answer> to(List<Nonce> nonces, long seed)
      throws GeneralSecurityException, IOException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    var random = new Random(seed);
    List<Answer> answers = new ArrayList<>();
    for (Nonce nonce : nonces) {
      answers.add(answer(generator.generateKeyPair(), generator.generateKeyPair(), nonce, random));
    }
    return answers;
  }

  private static Answer answer(KeyPair pair, KeyPair channel, Nonce nonce, Random random)
      throws GeneralSecurityException, IOException {
    Bytes channelKey = Bytes.of(channel.getPublic().getEncoded());
    Bytes metrics = draw(random, 120);
    Bytes[] registers = new Bytes[Pcr.COUNT];
    Arrays.fill(registers, Bytes.of(new byte[Sha256.LENGTH]));
    Bytes log = log(random, registers);
    PcrSelection selection = PcrSelection.of(PcrBank.SHA256, 0, 1, 2, 3, 4, 5, 6, 7);
    Bytes attest =
        attest(Binding.of(nonce, metrics, channelKey).digest(), selection, registers, random);
    Signature signer = Signature.getInstance("SHA256withECDSAinP1363Format");
    signer.initSign(pair.getPrivate());
    signer.update(attest.asByteBuffer());
    Bytes raw = Bytes.of(signer.sign());
    List<Evidence.ReportedPcr> values = new ArrayList<>();
    for (int index : selection.indexes()) {
      values.add(new Evidence.ReportedPcr(PcrBank.SHA256.algorithm(), index, registers[index]));
    }
    var quote = new Evidence.Tpm2Quote("", attest, signature(raw), values, log, Bytes.EMPTY);
    AttestationKey key =
        switch (AttestationKey.judge(publicArea((ECPublicKey) pair.getPublic()))) {
          case AttestationKey.Accepted(AttestationKey accepted) -> accepted;
          case AttestationKey.Refused refused ->
              throw new IllegalStateException(refused.toString());
        };
    var bundle =
        new EvidenceBundle(
            nonce.value(), List.of(quote), metrics, channelKey, Sha256.of(attest, raw, log));
    return new Answer(
        bundle,
        new Challenge(nonce, channelKey),
        Tpm2Expectation.of(key, List.of(selection)).withEventLog(EventLogRules.STRICT),
        attest,
        raw);
  }

  /** A boot: events into registers 0 to 7, then a separator into each, 30 events in all. */
  private static Bytes log(Random random, Bytes[] registers) {
    var writer = new EventLogWriter(Set.of(PcrBank.SHA256));
    for (int i = 0; i < EVENTS; i++) {
      int register = i % SEPARATORS;
      Bytes digest =
          i < EVENTS - SEPARATORS
              ? writer
                  .event(register, EventType.EV_EFI_VARIABLE_DRIVER_CONFIG, draw(random, 200))
                  .getOrDefault(PcrBank.SHA256, Bytes.EMPTY)
              : writer.separator(register).getOrDefault(PcrBank.SHA256, Bytes.EMPTY);
      registers[register] = PcrBank.SHA256.extend(registers[register], digest);
    }
    return writer.log();
  }

  private static Bytes attest(
      Bytes qualifyingData, PcrSelection selection, Bytes[] registers, Random random)
      throws IOException {
    var bytes = new ByteArrayOutputStream();
    var out = new DataOutputStream(bytes);
    out.writeInt((int) Attest.TPM_GENERATED);
    out.writeShort(Attest.QUOTE);
    sized(out, draw(random, 34));
    sized(out, qualifyingData);
    out.writeLong(100_000);
    out.writeInt(3);
    out.writeInt(1);
    out.writeByte(1);
    out.writeLong(7);
    out.writeInt(1);
    out.writeShort(PcrBank.SHA256.algorithm());
    out.writeByte(3);
    out.write(new byte[] {(byte) 0xff, 0, 0});
    Bytes[] quoted = selection.indexes().stream().map(i -> registers[i]).toArray(Bytes[]::new);
    sized(out, PcrBank.SHA256.hash(quoted));
    return Bytes.of(bytes.toByteArray());
  }

  /** TPMT_SIGNATURE of ECDSA over SHA-256. */
  private static Bytes signature(Bytes raw) throws IOException {
    var bytes = new ByteArrayOutputStream();
    var out = new DataOutputStream(bytes);
    out.writeShort(ALG_ECDSA);
    out.writeShort(PcrBank.SHA256.algorithm());
    sized(out, raw.slice(0, 32));
    sized(out, raw.slice(32, 64));
    return Bytes.of(bytes.toByteArray());
  }

  /** TPMT_PUBLIC of a P-256 attestation key. */
  private static Bytes publicArea(ECPublicKey key) throws IOException {
    var bytes = new ByteArrayOutputStream();
    var out = new DataOutputStream(bytes);
    out.writeShort(ALG_ECC);
    out.writeShort(PcrBank.SHA256.algorithm());
    out.writeInt(ATTRIBUTES);
    out.writeShort(0);
    out.writeShort(ALG_NULL);
    out.writeShort(ALG_ECDSA);
    out.writeShort(PcrBank.SHA256.algorithm());
    out.writeShort(CURVE_P256);
    out.writeShort(ALG_NULL);
    sized(out, coordinate(key.getW().getAffineX()));
    sized(out, coordinate(key.getW().getAffineY()));
    return Bytes.of(bytes.toByteArray());
  }

  private static Bytes coordinate(BigInteger value) {
    byte[] bytes = value.toByteArray();
    byte[] fixed = new byte[32];
    int length = Math.min(32, bytes.length);
    System.arraycopy(bytes, bytes.length - length, fixed, 32 - length, length);
    return Bytes.of(fixed);
  }

  private static void sized(DataOutputStream out, Bytes bytes) throws IOException {
    out.writeShort(bytes.length());
    out.write(bytes.toByteArray());
  }

  private static Bytes draw(Random random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return Bytes.of(bytes);
  }
}
