package dev.holdfast.server.service;

import com.google.protobuf.ByteString;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.EvidenceFormat;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Nonce;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.Sha256;
import dev.holdfast.attestation.tpm2.AttestationKey;
import dev.holdfast.attestation.tpm2.Credential;
import dev.holdfast.attestation.tpm2.EndorsementCertificate;
import dev.holdfast.attestation.tpm2.TpmPublic;
import dev.holdfast.attestation.verifier.Identity;
import dev.holdfast.pam.model.AccessProblem;
import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.proto.node.v1.EnrolNodeRequest;
import dev.holdfast.proto.node.v1.EnrolNodeResponse;
import dev.holdfast.proto.node.v1.NodeCertificate;
import dev.holdfast.server.attest.Attestor;
import dev.holdfast.server.attest.ChallengeMessages;
import dev.holdfast.server.attest.Challenges;
import dev.holdfast.server.attest.Identities;
import dev.holdfast.server.chain.Trust;
import dev.holdfast.server.config.Asked;
import dev.holdfast.server.config.ServerConfig;
import dev.holdfast.server.config.ZoneRules;
import dev.holdfast.server.identity.CertificateAuthority;
import dev.holdfast.server.identity.CertificateRequest;
import dev.holdfast.server.journal.Event;
import dev.holdfast.server.journal.Journal;
import dev.holdfast.server.wire.AttestationWire;
import dev.holdfast.server.wire.Read;
import dev.holdfast.server.wire.Write;
import dev.holdfast.store.ledger.JoinToken;
import dev.holdfast.store.ledger.Ledger;
import dev.holdfast.store.ledger.NodeIdentity;
import dev.holdfast.store.ledger.NodeRecord;
import dev.holdfast.store.ledger.NodeState;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How a node gets its identity. With a TPM: its endorsement key is one that the zone's anchors
 * vouch for, its attestation key lives in the same TPM (credential activation, TPM 2.0 Part 1, 24),
 * and its first evidence is good. Without one: its first evidence is good, and the name that its
 * hardware proves in it, if it has any, is its name from then on. All state is the exchange's own,
 * but for the join token, which is used up by being sent.
 */
final class Enrolment {
  /** How long a node's certificate lasts. */
  static final Duration CERTIFICATE_LIFETIME = Duration.ofHours(24);

  private static final int SECRET_BYTES = 32;

  private final ServerConfig config;
  private final Ledger ledger;
  private final CertificateAuthority authority;
  private final Attestor attestor;
  private final Challenges challenges;
  private final Trust trust;
  private final Journal journal;
  private final Duration answerTimeout;
  private final InstantSource clock;
  private final SecureRandom random = new SecureRandom();

  Enrolment(
      ServerConfig config,
      Ledger ledger,
      CertificateAuthority authority,
      Attestor attestor,
      Challenges challenges,
      Trust trust,
      Journal journal,
      Duration answerTimeout,
      InstantSource clock) {
    this.config = config;
    this.ledger = ledger;
    this.authority = authority;
    this.attestor = attestor;
    this.challenges = challenges;
    this.trust = trust;
    this.journal = journal;
    this.answerTimeout = answerTimeout;
    this.clock = clock;
  }

  /** What is known of the node between the challenge and its proof. */
  record Candidate(NodeRecord node, JoinToken token, Optional<Tpm> tpm, PublicKey sessionKey) {
    @Override
    public String toString() {
      return "candidate " + node.name();
    }
  }

  /** The keys of a TPM that are to be bound to one another, and the secret that shows it. */
  record Tpm(NodeIdentity identity, AttestationKey key, Bytes secret) {
    @Override
    public String toString() {
      return "the TPM of a candidate";
    }
  }

  /** What the first message leads to. */
  record Challenged(Candidate candidate, EnrolNodeResponse response) {}

  /** Checks who asks, and challenges it. */
  Challenged start(EnrolNodeRequest.Start start) {
    var name = Read.node("start.node", start.getNode());
    Bytes hash = Sha256.of(Read.required("start.join_token", start.getJoinToken()));
    JoinToken token = ledger.nodes().useToken(hash, name, clock.instant());
    NodeRecord node =
        ledger
            .nodes()
            .get(name)
            .orElseThrow(() -> new Refusal(new Problem.NotFound(name.toString())))
            .value();
    if (node.state() == NodeState.REVOKED) {
      throw new Refusal(
          new Problem.IllegalState(
              name.toString(), "REVOKED", "Delete the node and create it anew."));
    }
    ZoneRules rules = config.zone(name.zone());
    Asked asked = rules.asked(node.role());
    if (!start.hasTpmKeys()
        && asked.formats().stream().allMatch(EvidenceFormat.TPM2_QUOTE::equals)) {
      throw new Refusal(new Problem.FieldMissing("start.tpm_keys"));
    }
    PublicKey sessionKey = CertificateRequest.parse(start.getCertificateRequest()).key();
    EnrolNodeResponse.EnrolmentChallenge.Builder challenge =
        EnrolNodeResponse.EnrolmentChallenge.newBuilder();
    Optional<Tpm> tpm =
        start.hasTpmKeys()
            ? Optional.of(challenged(start.getTpmKeys(), rules, name.toString(), challenge))
            : Optional.empty();
    tpm.ifPresent(keys -> requireSameHardware(node, token, keys.identity()));
    byte[] nonce = new byte[Nonce.LENGTH];
    random.nextBytes(nonce);
    Challenges.Issued issued =
        new Challenges.Issued(
            new Nonce(Bytes.of(nonce)),
            name,
            Challenges.Occasion.ENROLMENT,
            List.of(),
            answerTimeout);
    challenges.open(issued);
    challenge.setChallenge(ChallengeMessages.challenge(issued, asked));
    return new Challenged(
        new Candidate(node, token, tpm, sessionKey),
        EnrolNodeResponse.newBuilder().setChallenge(challenge).build());
  }

  /** Checks the keys, and makes the credential that only their TPM can activate. */
  private Tpm challenged(
      EnrolNodeRequest.TpmKeys keys,
      ZoneRules rules,
      String subject,
      EnrolNodeResponse.EnrolmentChallenge.Builder challenge) {
    TpmPublic endorsement = endorsement(keys, rules, subject);
    AttestationKey key =
        switch (AttestationKey.judge(Write.bytes(keys.getAkPublic()))) {
          case AttestationKey.Accepted(AttestationKey accepted) -> accepted;
          case AttestationKey.Refused(List<Finding> findings) ->
              throw new Refusal(new Problem.ChainRefused(subject, findings));
        };
    Bytes endorsementBytes = Write.bytes(keys.getEkPublic());
    byte[] secret = new byte[SECRET_BYTES];
    random.nextBytes(secret);
    Credential credential = Credential.make(endorsement, key.name(), Bytes.of(secret), random);
    challenge
        .setCredentialBlob(Write.bytes(credential.idObject()))
        .setEncryptedSecret(Write.bytes(credential.encryptedSecret()));
    return new Tpm(
        new NodeIdentity(Sha256.of(endorsementBytes), endorsementBytes, key.encoded()),
        key,
        Bytes.of(secret));
  }

  /** Checks what it shows, and makes it a node. */
  EnrolNodeResponse prove(Candidate candidate, EnrolNodeRequest.Proof proof) {
    String subject = candidate.node().name().toString();
    candidate.tpm().ifPresent(tpm -> requireActivated(tpm, proof, subject));
    ZoneRules rules = config.zone(candidate.node().name().zone());
    Attestor.Judged judged =
        attestor.judge(
            new Attestor.Subject(
                candidate.node().name(),
                candidate.node().role(),
                candidate
                    .tpm()
                    .<Identity>map(tpm -> new Identity.TpmKey(tpm.key(), Optional.empty()))
                    .orElse(new Identity.Unknown()),
                Bytes.of(candidate.sessionKey().getEncoded()),
                false),
            proof.getEvidenceBundle(),
            rules);
    if (!judged.good()) {
      throw new Refusal(new Problem.ChainRefused(subject, judged.appraisal().findings()));
    }
    NodeIdentity identity =
        candidate.tpm().map(Tpm::identity).orElseGet(() -> Identities.proven(judged.appraisal()));
    requireSameHardware(candidate.node(), candidate.token(), identity);
    X509Certificate certificate = certify(candidate.node(), candidate.sessionKey());
    ledger
        .nodes()
        .enrol(candidate.node().name(), identity, certificate.getSerialNumber().toString(16));
    attestor.forget(candidate.node().name());
    trust.record(judged);
    journal.record(new Event.Enrolled(candidate.node().name(), judged.appraisal().verdict()));
    return EnrolNodeResponse.newBuilder()
        .setEnrolment(
            EnrolNodeResponse.Enrolment.newBuilder()
                .setCertificate(certificateMessage(certificate))
                .setAppraisal(AttestationWire.appraisal(judged.appraisal(), "", judged.metrics())))
        .build();
  }

  private static void requireActivated(Tpm tpm, EnrolNodeRequest.Proof proof, String subject) {
    if (!MessageDigest.isEqual(
        proof.getActivatedSecret().toByteArray(), tpm.secret().toByteArray())) {
      throw new Refusal(
          new Problem.ChainRefused(
              subject,
              List.of(
                  Finding.against(
                          Reason.AK_NOT_BOUND,
                          "the attestation key is not shown to live in the endorsed TPM: the secret"
                              + " that only that TPM can release did not come back")
                      .at("tpm/ak")
                      .remedy(
                          "Make the attestation key in the TPM whose endorsement key was sent."))));
    }
  }

  /** The next certificate of a node, for a new key. */
  NodeCertificate renew(NodeRecord node, ByteString certificateRequest) {
    X509Certificate certificate = certify(node, CertificateRequest.parse(certificateRequest).key());
    ledger.nodes().renewed(node.name(), certificate.getSerialNumber().toString(16));
    return certificateMessage(certificate);
  }

  private X509Certificate certify(NodeRecord node, PublicKey key) {
    return authority.issue(node.name().toString(), key, CERTIFICATE_LIFETIME, List.of());
  }

  private NodeCertificate certificateMessage(X509Certificate certificate) {
    try {
      return NodeCertificate.newBuilder()
          .addCertificates(ByteString.copyFrom(certificate.getEncoded()))
          .addTrustBundle(ByteString.copyFrom(authority.root().getEncoded()))
          .setExpireTime(Write.time(certificate.getNotAfter().toInstant()))
          .setRefreshInterval(Write.span(CERTIFICATE_LIFETIME.dividedBy(2)))
          .build();
    } catch (GeneralSecurityException bug) {
      throw new IllegalStateException(bug);
    }
  }

  private TpmPublic endorsement(EnrolNodeRequest.TpmKeys keys, ZoneRules rules, String subject) {
    TpmPublic endorsement;
    try {
      endorsement = TpmPublic.parse(Write.bytes(keys.getEkPublic()));
    } catch (RuntimeException malformed) {
      throw new Refusal(
          new Problem.ChainRefused(
              subject,
              List.of(
                  Finding.against(
                          Reason.EVIDENCE_MALFORMED, "the endorsement key is no TPMT_PUBLIC")
                      .at("tpm/ek")
                      .remedy("Send the public area as the TPM returns it."))));
    }
    List<Bytes> certificates = keys.getEkCertificatesList().stream().map(Write::bytes).toList();
    return switch (EndorsementCertificate.judge(
        certificates, endorsement, rules.endorsement(), clock.instant())) {
      case EndorsementCertificate.Endorsed _ -> endorsement;
      case EndorsementCertificate.Unproven(Finding finding) ->
          throw new Refusal(new Problem.ChainRefused(subject, List.of(finding)));
    };
  }

  private static void requireSameHardware(NodeRecord node, JoinToken token, NodeIdentity identity) {
    Optional<NodeIdentity> enrolled = node.identity();
    if (enrolled.isPresent()
        && !(enrolled.get().hardwareDigest().equals(identity.hardwareDigest())
            && enrolled.get().attestationKey().equals(identity.attestationKey()))) {
      throw new Refusal(
          new Problem.ChainRefused(
              node.name().toString(),
              List.of(
                  Finding.against(
                          Reason.IDENTITY_IMMUTABLE,
                          "the node was enrolled with other hardware, and keeps that identity")
                      .at("hardware")
                      .remedy(
                          "Delete the node and create it anew, if its hardware was replaced."))));
    }
    if (token.expectedHardware().isPresent()
        && !token.expectedHardware().get().equals(identity.hardwareDigest())) {
      throw new Refusal(
          new AccessProblem.CallRefused(
              Problem.Kind.UNAUTHENTICATED,
              "HARDWARE_UNEXPECTED",
              "the join token is for other hardware than the node showed: ask an operator for a"
                  + " token for this one",
              Map.of("subject", node.name().toString())));
    }
  }
}
