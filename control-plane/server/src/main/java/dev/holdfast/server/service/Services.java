package dev.holdfast.server.service;

import dev.holdfast.attestation.policy.PolicyEngine;
import dev.holdfast.server.allot.Admissions;
import dev.holdfast.server.allot.Provisioner;
import dev.holdfast.server.allot.Resizes;
import dev.holdfast.server.allot.UsageHistory;
import dev.holdfast.server.attest.Attestor;
import dev.holdfast.server.attest.Challenges;
import dev.holdfast.server.chain.Trust;
import dev.holdfast.server.collateral.CollateralShelf;
import dev.holdfast.server.config.ServerConfig;
import dev.holdfast.server.desk.SessionDesk;
import dev.holdfast.server.identity.CertificateAuthority;
import dev.holdfast.server.journal.Journal;
import dev.holdfast.server.learn.Learning;
import dev.holdfast.server.learn.model.Models;
import dev.holdfast.server.session.Sessions;
import dev.holdfast.server.signal.Remedies;
import dev.holdfast.store.evidence.EvidenceArchive;
import dev.holdfast.store.ledger.Ledger;
import dev.holdfast.store.series.UsageSeries;
import io.grpc.ServerServiceDefinition;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;

/** Every gRPC service of the server. */
public final class Services {
  private final List<ServerServiceDefinition> own;

  /** The parts that the services work with. */
  public record Parts(
      ServerConfig config,
      Ledger ledger,
      CertificateAuthority authority,
      Sessions sessions,
      Challenges challenges,
      Attestor attestor,
      CollateralShelf collateral,
      PolicyEngine engine,
      EvidenceArchive archive,
      Trust trust,
      Admissions admissions,
      Resizes resizes,
      Remedies remedies,
      Provisioner provisioner,
      Learning learning,
      Models models,
      UsageSeries series,
      SessionDesk desk,
      Journal journal,
      ExecutorService workers) {}

  /** Services over these parts. */
  public Services(Parts parts, Duration answerTimeout, InstantSource clock) {
    Enrolment enrolment =
        new Enrolment(
            parts.config(),
            parts.ledger(),
            parts.authority(),
            parts.attestor(),
            parts.challenges(),
            parts.trust(),
            parts.journal(),
            answerTimeout,
            clock);
    Preview preview =
        new Preview(
            parts.config(),
            parts.ledger(),
            parts.archive(),
            parts.collateral(),
            parts.engine(),
            clock);
    own =
        List.of(
            new NodeEndpoint(parts.ledger(), enrolment, parts.desk()).bindService(),
            new AttestationEndpoint(
                    parts.config(),
                    parts.ledger(),
                    parts.challenges(),
                    parts.attestor(),
                    parts.trust(),
                    parts.admissions(),
                    preview,
                    answerTimeout,
                    clock)
                .bindService(),
            new TrustZoneEndpoint(parts.collateral()).bindService(),
            new ReservationEndpoint(
                    parts.config(),
                    parts.ledger(),
                    parts.admissions(),
                    parts.resizes(),
                    parts.provisioner(),
                    parts.learning(),
                    parts.workers(),
                    clock)
                .bindService(),
            new TopologyEndpoint(
                    parts.config(),
                    parts.ledger(),
                    parts.sessions(),
                    parts.trust(),
                    parts.authority(),
                    parts.archive(),
                    clock)
                .bindService(),
            new ForecastEndpoint(
                    parts.config(),
                    parts.learning(),
                    parts.models(),
                    new SignalAnswers(parts.ledger(), parts.remedies(), parts.workers()),
                    new RowAnswers(parts.models(), parts.workers()),
                    clock)
                .bindService(),
            new UsageEndpoint(
                    parts.series(),
                    new UsageHistory(parts.config(), parts.series(), parts.learning(), clock),
                    parts.learning(),
                    clock)
                .bindService());
  }

  /** Those that a profile offers. */
  public List<ServerServiceDefinition> all(ServerConfig.Profile profile) {
    List<ServerServiceDefinition> all = new ArrayList<>(own);
    all.add(new HealthStatusManager().getHealthService().bindService());
    if (profile == ServerConfig.Profile.DEVELOPMENT) {
      all.add(ProtoReflectionServiceV1.newInstance().bindService());
    }
    return all;
  }
}
