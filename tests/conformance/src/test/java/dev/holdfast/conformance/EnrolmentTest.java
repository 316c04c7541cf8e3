package dev.holdfast.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Role;
import dev.holdfast.attestation.Sha256;
import dev.holdfast.attestation.tpm2.PaperTpm;
import dev.holdfast.proto.node.v1.EnrolNodeRequest;
import dev.holdfast.proto.node.v1.EnrolNodeResponse;
import dev.holdfast.proto.policy.v1.GetNodeRequest;
import dev.holdfast.proto.policy.v1.Node;
import dev.holdfast.server.journal.Event;
import io.grpc.Status.Code;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Who may not become a node (A12 to A15, C12). */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class EnrolmentTest {
  private Site site;

  @BeforeAll
  void startASite(@TempDir Path directory) throws IOException {
    site = Site.empty(directory, SiteOptions.USUAL);
  }

  @AfterAll
  void stop() {
    site.close();
  }

  private static String name(String id) {
    return Site.ZONE + "/nodes/" + id;
  }

  private PaperNode created(String id) {
    PaperNode node = site.paper(name(id), Role.SWITCH);
    site.create(node);
    return node;
  }

  private Refused enrolling(PaperNode node, Manner manner) {
    return Refused.by(() -> node.enrol(site.enrolment(), site.token(node.name()), manner));
  }

  private void stillCreated(PaperNode node) {
    Node stored = stored(node.name());
    assertEquals(Node.State.STATE_CREATED, stored.getState());
    assertTrue(stored.getHardwareDigest().isEmpty());
  }

  private Node stored(String name) {
    return site.operator().topology().getNode(GetNodeRequest.newBuilder().setName(name).build());
  }

  /** The positive control: the same node enrols when all is well. */
  private void enrols(PaperNode node) {
    node.enrol(site.enrolment(), site.token(node.name()), Manner.HONEST);
    assertEquals(Node.State.STATE_TRUSTED, stored(node.name()).getState());
  }

  @Test
  void a12_aKeyThatNoTpmHoldsIsNotBelieved() {
    PaperNode node = created("unbound");
    Conversation<EnrolNodeRequest, EnrolNodeResponse> exchange = site.enrolment();
    exchange.say(node.start(site.token(node.name())));
    EnrolNodeResponse.EnrolmentChallenge challenge = exchange.next().getChallenge();
    // The key is software's: its owner cannot open the credential, and sends what looks like a
    // secret.
    exchange.say(
        PaperNode.proof(
            Sha256.of("guess"), node.evidence(challenge.getChallenge(), Manner.HONEST)));
    Refused.by(exchange::next).with(Code.UNAUTHENTICATED, "AK_NOT_BOUND");
    stillCreated(node);
    Conversation<EnrolNodeRequest, EnrolNodeResponse> empty = site.enrolment();
    empty.say(node.start(site.token(node.name())));
    EnrolNodeResponse.EnrolmentChallenge again = empty.next().getChallenge();
    empty.say(PaperNode.proof(Bytes.EMPTY, node.evidence(again.getChallenge(), Manner.HONEST)));
    Refused.by(empty::next).with(Code.UNAUTHENTICATED, "AK_NOT_BOUND");
    stillCreated(node);
    enrols(node);
  }

  @Test
  void a13_anEnrolmentWithAQuoteOfAnotherTpmIsRefused() {
    PaperNode node = created("two-tpms");
    PaperTpm other = node.anotherTpm();
    enrolling(
            node,
            Manner.signedBy(
                other, statement -> statement.setAkPublic(PaperNode.wire(other.akPublic()))))
        .with(Code.UNAUTHENTICATED, "AK_MISMATCH");
    enrolling(node, Manner.signedBy(other, statement -> statement))
        .with(Code.PERMISSION_DENIED, "TPM_SIGNATURE");
    stillCreated(node);
    enrols(node);
  }

  @Test
  void a14_anEndorsementKeyOfAnUnknownMakerIsRefused() {
    EndorsementKey key = EndorsementKey.p256();
    EkAuthority foreign = new EkAuthority("another maker", site.clock().instant());
    PaperNode node =
        site.paper(name("foreign"), Role.SWITCH, key, foreign.certify(key.publicKey()));
    site.create(node);
    enrolling(node, Manner.HONEST).with(Code.UNAUTHENTICATED, "EK_CHAIN");
    stillCreated(node);
    enrols(
        site.paper(
            name("foreign"), Role.SWITCH, key, site.manufacturer().certify(key.publicKey())));
  }

  @Test
  void a14_anExpiredEndorsementCertificateIsRefused() {
    EndorsementKey key = EndorsementKey.p256();
    PaperNode node =
        site.paper(
            name("expired"), Role.SWITCH, key, site.manufacturer().certifyExpired(key.publicKey()));
    site.create(node);
    enrolling(node, Manner.HONEST).with(Code.UNAUTHENTICATED, "EK_CHAIN");
    stillCreated(node);
    enrols(
        site.paper(
            name("expired"), Role.SWITCH, key, site.manufacturer().certify(key.publicKey())));
  }

  @Test
  void a14_aRevokedEndorsementCertificateIsRefused() {
    PaperNode node = site.revokedPaper(name("revoked"), Role.SWITCH);
    site.create(node);
    enrolling(node, Manner.HONEST).with(Code.UNAUTHENTICATED, "EK_CHAIN");
    stillCreated(node);
  }

  @Test
  void a14_aCertificateForAnotherKeyIsRefused() {
    PaperNode node =
        site.paper(
            name("borrowed"),
            Role.SWITCH,
            EndorsementKey.p256(),
            site.manufacturer().certify(EndorsementKey.p256().publicKey()));
    site.create(node);
    enrolling(node, Manner.HONEST).with(Code.UNAUTHENTICATED, "EK_CHAIN");
    stillCreated(node);
  }

  @Test
  void c12_tenThousandEndorsementCertificatesAreRefusedUnread() {
    EndorsementKey key = EndorsementKey.p256();
    Bytes good = EkAuthority.der(site.manufacturer().certify(key.publicKey()));
    PaperNode node =
        new PaperNode(
            name("flood"), Role.SWITCH, site.clock(), key, Collections.nCopies(10_000, good));
    site.create(node);
    enrolling(node, Manner.HONEST).with(Code.UNAUTHENTICATED, "EK_CHAIN");
    stillCreated(node);
  }

  @Test
  void a15_anEnrolledNodeKeepsItsHardware() {
    PaperNode node = created("kept");
    enrols(node);
    Node before = stored(node.name());
    int heard = site.events().count();
    enrolling(site.paper(node.name(), Role.SWITCH), Manner.HONEST)
        .with(Code.ALREADY_EXISTS, "IDENTITY_IMMUTABLE");
    assertEquals(before, stored(node.name()));
    site.events()
        .await(heard, Event.Rejected.class, event -> event.reason().equals("IDENTITY_IMMUTABLE"));
    // The same endorsement key with another attestation key is another identity too.
    PaperNode otherKey =
        site.paper(
            node.name(),
            Role.SWITCH,
            node.endorsement(),
            site.manufacturer().certify(node.endorsement().publicKey()));
    enrolling(otherKey, Manner.HONEST).with(Code.ALREADY_EXISTS, "IDENTITY_IMMUTABLE");
    assertEquals(before, stored(node.name()));
    enrols(node);
  }
}
