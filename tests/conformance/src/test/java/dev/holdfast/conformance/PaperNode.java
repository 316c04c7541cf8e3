package dev.holdfast.conformance;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import dev.holdfast.attestation.Binding;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Evidence;
import dev.holdfast.attestation.Nonce;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.PcrSelection;
import dev.holdfast.attestation.Role;
import dev.holdfast.attestation.ima.ImaVerifier;
import dev.holdfast.attestation.ima.PaperIma;
import dev.holdfast.attestation.tpm2.PaperTpm;
import dev.holdfast.proto.attestation.v1.Challenge;
import dev.holdfast.proto.attestation.v1.EvidenceBundle;
import dev.holdfast.proto.attestation.v1.HashAlgorithm;
import dev.holdfast.proto.attestation.v1.PcrValue;
import dev.holdfast.proto.attestation.v1.RuntimeMetrics;
import dev.holdfast.proto.attestation.v1.Tpm2Quote;
import dev.holdfast.proto.node.v1.EnrolNodeRequest;
import dev.holdfast.proto.node.v1.EnrolNodeResponse;
import dev.holdfast.server.identity.CertificateAuthority;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;

/** A node with a TPM of paper: honest unless told otherwise. */
final class PaperNode {
  private static final int BOOT_ID_BYTES = 16;

  private final String name;
  private final Role role;
  private final InstantSource clock;
  private final EndorsementKey endorsement;
  private final List<Bytes> endorsementCertificates;
  private final BootLog boot;
  private final PaperTpm tpm;
  private final KeyPair channelKeys = CertificateAuthority.newKeyPair();
  private final ByteString bootId;
  private final AtomicLong sequence = new AtomicLong();
  private final Optional<PaperGuest> guest;
  private Bytes imaLog = Bytes.EMPTY;
  private int measured;
  private List<X509Certificate> certificates = List.of();

  PaperNode(
      String name,
      Role role,
      InstantSource clock,
      EndorsementKey endorsement,
      List<Bytes> endorsementCertificates) {
    this(name, role, clock, endorsement, endorsementCertificates, Optional.empty());
  }

  /** A node that vouches for itself as a guest, and shows no TPM. */
  PaperNode(String name, Role role, InstantSource clock, PaperGuest guest) {
    this(name, role, clock, EndorsementKey.p256(), List.of(), Optional.of(guest));
  }

  private PaperNode(
      String name,
      Role role,
      InstantSource clock,
      EndorsementKey endorsement,
      List<Bytes> endorsementCertificates,
      Optional<PaperGuest> guest) {
    this.guest = guest;
    this.name = name;
    this.role = role;
    this.clock = clock;
    this.endorsement = endorsement;
    this.endorsementCertificates = List.copyOf(endorsementCertificates);
    this.boot = BootLog.of(role);
    this.tpm = boot.into(new PaperTpm(PaperTpm.Kind.ECDSA_P256));
    byte[] id = new byte[BOOT_ID_BYTES];
    new java.security.SecureRandom().nextBytes(id);
    this.bootId = ByteString.copyFrom(id);
  }

  /** The full name. */
  String name() {
    return name;
  }

  Role role() {
    return role;
  }

  BootLog boot() {
    return boot;
  }

  PaperTpm tpm() {
    return tpm;
  }

  EndorsementKey endorsement() {
    return endorsement;
  }

  ByteString bootId() {
    return bootId;
  }

  /** The public key of its channel, a DER SubjectPublicKeyInfo. */
  ByteString channelKey() {
    return ByteString.copyFrom(channelKeys.getPublic().getEncoded());
  }

  /**
   * Puts what a kernel measured since into the TPM, and into the list that goes with its quotes.
   */
  void measure(PaperIma kernel) {
    for (var extension : kernel.extensions().subList(measured, kernel.extensions().size())) {
      tpm.extend(ImaVerifier.REGISTER, extension);
    }
    measured = kernel.extensions().size();
    imaLog = kernel.binary();
  }

  /** Another TPM that booted the same. */
  PaperTpm anotherTpm() {
    return boot.into(new PaperTpm(PaperTpm.Kind.ECDSA_P256));
  }

  /** Evidence for a challenge, serialised. */
  ByteString evidence(Challenge challenge, Manner manner) {
    if (manner.replay().isPresent()) {
      return manner.replay().get();
    }
    ByteString metrics = manner.metrics().apply(metrics()).build().toByteString();
    ByteString channelKey = manner.channel().apply(channelKey());
    Bytes binding =
        Binding.of(new Nonce(bytes(challenge.getNonce())), bytes(metrics), bytes(channelKey))
            .digest();
    EvidenceBundle.Builder bundle =
        EvidenceBundle.newBuilder()
            .setNonce(challenge.getNonce())
            .setRuntimeMetrics(metrics)
            .setSessionPublicKey(channelKey);
    guest.ifPresentOrElse(
        paper -> bundle.addAllEvidence(paper.statements(binding)),
        () -> bundle.addEvidence(quote(challenge, binding, manner)));
    return manner.bundle().apply(bundle).build().toByteString();
  }

  private dev.holdfast.proto.attestation.v1.Evidence quote(
      Challenge challenge, Bytes binding, Manner manner) {
    List<PcrSelection> selections =
        manner
            .selections()
            .apply(
                challenge.getPcrSelectionsList().stream()
                    .map(
                        selection ->
                            new PcrSelection(bank(selection.getBank()), selection.getIndexesList()))
                    .toList());
    PaperTpm signer = manner.signer().orElse(tpm);
    PaperTpm.Quote quote =
        manner.quote().apply(tpm.quote(binding, selections.toArray(PcrSelection[]::new)));
    return dev.holdfast.proto.attestation.v1.Evidence.newBuilder()
        .setTpm2Quote(manner.statement().apply(statement(signer.evidence(quote, boot.log()))))
        .build();
  }

  private Tpm2Quote.Builder statement(Evidence.Tpm2Quote evidence) {
    Tpm2Quote.Builder statement =
        Tpm2Quote.newBuilder()
            .setAttest(wire(evidence.attest()))
            .setSignature(wire(evidence.signature()))
            .setTcgEventLog(wire(evidence.eventLog()))
            .setImaLog(wire(imaLog));
    for (Evidence.ReportedPcr value : evidence.pcrValues()) {
      statement.addPcrValues(
          PcrValue.newBuilder()
              .setBank(
                  value.algorithm() == PcrBank.SHA1.algorithm()
                      ? HashAlgorithm.HASH_ALGORITHM_SHA1
                      : HashAlgorithm.HASH_ALGORITHM_SHA256)
              .setIndex(value.index())
              .setDigest(wire(value.digest())));
    }
    return statement;
  }

  private static PcrBank bank(HashAlgorithm algorithm) {
    return switch (algorithm) {
      case HASH_ALGORITHM_SHA1 -> PcrBank.SHA1;
      case HASH_ALGORITHM_SHA256 -> PcrBank.SHA256;
      case HASH_ALGORITHM_SHA384 -> PcrBank.SHA384;
      case HASH_ALGORITHM_SHA512 -> PcrBank.SHA512;
      case HASH_ALGORITHM_UNSPECIFIED, UNRECOGNIZED ->
          throw new IllegalArgumentException("the challenge asks for bank " + algorithm);
    };
  }

  private RuntimeMetrics.Builder metrics() {
    return RuntimeMetrics.newBuilder()
        .setSequence(sequence.incrementAndGet())
        .setBootId(bootId)
        .setSampleTime(time(clock.instant()))
        .setPeriod(Duration.newBuilder().setSeconds(1))
        .setCpuPressure(0.25);
  }

  /** The first message of an enrolment. */
  EnrolNodeRequest start(String token) {
    EnrolNodeRequest.Start.Builder start =
        EnrolNodeRequest.Start.newBuilder()
            .setNode(name)
            .setJoinToken(token)
            .setCertificateRequest(certificateRequest());
    if (guest.isEmpty()) {
      start.setTpmKeys(
          EnrolNodeRequest.TpmKeys.newBuilder()
              .setEkPublic(wire(endorsement.encoded()))
              .addAllEkCertificates(endorsementCertificates.stream().map(PaperNode::wire).toList())
              .setAkPublic(wire(tpm.akPublic())));
    }
    return EnrolNodeRequest.newBuilder().setStart(start).build();
  }

  /** What TPM2_ActivateCredential releases. */
  Bytes activated(EnrolNodeResponse.EnrolmentChallenge challenge) {
    return endorsement.activate(
        tpm.key().name(),
        bytes(challenge.getCredentialBlob()),
        bytes(challenge.getEncryptedSecret()));
  }

  /** The second message. */
  static EnrolNodeRequest proof(Bytes secret, ByteString evidence) {
    return EnrolNodeRequest.newBuilder()
        .setProof(
            EnrolNodeRequest.Proof.newBuilder()
                .setActivatedSecret(wire(secret))
                .setEvidenceBundle(evidence))
        .build();
  }

  /** Enrols over an exchange that nobody used yet, in a manner. */
  EnrolNodeResponse.Enrolment enrol(
      Conversation<EnrolNodeRequest, EnrolNodeResponse> exchange, String token, Manner manner) {
    exchange.say(start(token));
    EnrolNodeResponse.EnrolmentChallenge challenge = exchange.next().getChallenge();
    Bytes secret = guest.isPresent() ? Bytes.EMPTY : activated(challenge);
    exchange.say(proof(secret, evidence(challenge.getChallenge(), manner)));
    EnrolNodeResponse.Enrolment enrolment = exchange.next().getEnrolment();
    certificates =
        enrolment.getCertificate().getCertificatesList().stream()
            .map(PaperNode::certificate)
            .toList();
    return enrolment;
  }

  /** A caller with the node's certificate. */
  Client client(int port, X509Certificate root) {
    return Client.with(port, root, channelKeys.getPrivate(), certificates);
  }

  private ByteString certificateRequest() {
    try {
      return ByteString.copyFrom(
          new JcaPKCS10CertificationRequestBuilder(new X500Name("CN=node"), channelKeys.getPublic())
              .build(new JcaContentSignerBuilder("SHA256withECDSA").build(channelKeys.getPrivate()))
              .getEncoded());
    } catch (IOException | OperatorCreationException e) {
      throw new IllegalStateException(e);
    }
  }

  private static X509Certificate certificate(ByteString der) {
    try {
      return (X509Certificate)
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(der.toByteArray()));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  static ByteString wire(Bytes bytes) {
    return ByteString.copyFrom(bytes.asByteBuffer());
  }

  static Bytes bytes(ByteString bytes) {
    return Bytes.of(bytes.toByteArray());
  }

  static Timestamp time(Instant at) {
    return Timestamp.newBuilder().setSeconds(at.getEpochSecond()).setNanos(at.getNano()).build();
  }

  /** The tenant of enclaves; none of other nodes. */
  Optional<String> tenant() {
    return role == Role.ENCLAVE
        ? Optional.of(name.endsWith("-2") ? Site.SECOND_TENANT : Site.FIRST_TENANT)
        : Optional.empty();
  }
}
