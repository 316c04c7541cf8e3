package dev.holdfast.pam.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.NodeName;
import dev.holdfast.attestation.Reason;
import dev.holdfast.pam.Samples;
import dev.holdfast.pam.reservation.Cause;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

final class ProblemTest {
  private static final NodeName NODE = new NodeName("edge", "sw-3");
  private static final RequestId REQUEST =
      new RequestId(UUID.fromString("f47ac10b-58cc-4372-a567-0e02b2c3d479"));

  private static List<Problem> all() {
    return List.of(
        new Problem.IdFormat("user", "ASCII"),
        new Problem.FieldMissing("interval"),
        new Problem.EnumUnknown("state", 77),
        new Problem.Amount("priority", "0 to 1000", "1001"),
        new Problem.Window("it ends before it starts", "End it later."),
        new Problem.RequestIdReused(REQUEST),
        new Problem.Capacity(NODE, Resource.CPU_MILLICORES, 5, 3),
        new Problem.Quota(Samples.ACME, Resource.CPU_MILLICORES, 5, 3),
        new Problem.NotFound("tenants/acme/reservations/r1"),
        new Problem.AlreadyExists("tenants/acme/reservations/r1"),
        new Problem.StaleEtag("tenants/acme/reservations/r1"),
        new Problem.AttestationExpired(Samples.PATH, Samples.NOON),
        new HoldProblem.LeaseExpired("tenants/acme", Samples.NOON),
        new Problem.NotLeader(Optional.empty()),
        new Problem.ChainRefused(NODE.toString(), List.of()),
        new Problem.IllegalState("tenants/acme", "SUSPENDED", "Attest it again."),
        new Problem.Overloaded("The queue", Duration.ofMillis(50)),
        new Problem.Unavailable("trustZones/edge/nodes/sw-3", "it is away"),
        new Problem.StoreUnavailable("it took too long"),
        new HoldProblem.HoldExceeded(Samples.name("r1"), Resource.CPU_MILLICORES, 5, 3),
        new HoldProblem.ReattestRequired(Samples.name("r1"), Samples.PATH),
        new HoldProblem.Generation("tenants/acme", 3, 4),
        new StoredProblem.LedgerIntegrity("node/trustZones/edge/nodes/h1"),
        new StoredProblem.RowUnreadable("node/trustZones/edge/nodes/h1"),
        new AccessProblem.ClientCertificateRequired(),
        new AccessProblem.RoleRefused("nodes/n", "make reservations"),
        new AccessProblem.PriorityRefused(new TenantName("acme"), 501, 500),
        new AccessProblem.IdentityMismatch("tenants/acme"),
        new AccessProblem.ReportAnomaly("tenants/acme", "it was more than there is"),
        new AccessProblem.JoinTokenRefused(AccessProblem.JoinTokenRefused.Why.USED));
  }

  @Test
  void everyProblemHasAReasonThatIsACauseAndWordsThatEndInASentence() {
    for (Problem problem : all()) {
      Cause cause = Cause.of(problem, Samples.NOON);
      assertEquals(problem.reason(), cause.reason());
      assertTrue(problem.message().endsWith("."), problem.message());
      assertEquals(problem.message(), new Refusal(problem).getMessage());
      for (Map.Entry<String, String> fact : problem.facts().entrySet()) {
        assertTrue(fact.getKey().matches("[a-z_]+"), fact.toString());
      }
    }
  }

  @Test
  void statusesAreThoseThatAttacksAreToMeet() {
    assertEquals("JOIN_TOKEN_USED", all().getLast().reason());
    Map<String, Problem.Kind> expected =
        Map.of(
            "ID_FORMAT", Problem.Kind.INVALID_ARGUMENT,
            "ENUM_UNKNOWN", Problem.Kind.UNIMPLEMENTED,
            "REQUEST_ID_REUSED", Problem.Kind.ALREADY_EXISTS,
            "CAPACITY", Problem.Kind.RESOURCE_EXHAUSTED,
            "ATTESTATION_EXPIRED", Problem.Kind.FAILED_PRECONDITION,
            "NOT_LEADER", Problem.Kind.UNAVAILABLE,
            "LEASE_EXPIRED", Problem.Kind.FAILED_PRECONDITION,
            "GENERATION", Problem.Kind.ABORTED,
            "REATTEST_REQUIRED", Problem.Kind.FAILED_PRECONDITION,
            "CLIENT_CERT_REQUIRED", Problem.Kind.UNAUTHENTICATED);
    int found = 0;
    for (Problem problem : all()) {
      if (expected.containsKey(problem.reason())) {
        assertEquals(expected.get(problem.reason()), problem.kind(), problem.reason());
        found++;
      }
    }
    assertEquals(expected.size() + 1, found, "capacity is short in two ways");
  }

  @Test
  void aChainIsRefusedWithTheReasonAndRemedyOfItsWorstFinding() {
    Finding finding =
        Finding.against(Reason.TPM_PCR_MISMATCH, "PCR 7 changed").remedy("Attest sw-3 again.");
    Problem problem = new Problem.ChainRefused(Samples.PATH, List.of(finding));
    assertEquals("TPM_PCR_MISMATCH", problem.reason());
    assertEquals(Problem.Kind.PERMISSION_DENIED, problem.kind());
    assertTrue(problem.message().endsWith("PCR 7 changed. Attest sw-3 again."));
  }

  @Test
  void evidenceIsRefusedWithTheStatusThatItsReasonCallsFor() {
    Map<Reason, Problem.Kind> expected =
        Map.of(
            Reason.TEE_DEBUG, Problem.Kind.PERMISSION_DENIED,
            Reason.TCB_REVOKED, Problem.Kind.PERMISSION_DENIED,
            Reason.TCB_OUT_OF_DATE, Problem.Kind.FAILED_PRECONDITION,
            Reason.COLLATERAL_MISSING, Problem.Kind.FAILED_PRECONDITION,
            Reason.CERT_REVOKED, Problem.Kind.PERMISSION_DENIED,
            Reason.CRL_STALE, Problem.Kind.FAILED_PRECONDITION,
            Reason.QUOTE_VERSION, Problem.Kind.INVALID_ARGUMENT,
            Reason.SIGNER_NOT_ANCHORED, Problem.Kind.UNAUTHENTICATED,
            Reason.CERT_CHAIN, Problem.Kind.UNAUTHENTICATED,
            Reason.EVIDENCE_DUPLICATE, Problem.Kind.PERMISSION_DENIED);
    expected.forEach(
        (reason, kind) -> {
          Problem problem =
              new Problem.ChainRefused(Samples.PATH, List.of(Finding.against(reason, "it is so")));
          assertEquals(kind, problem.kind(), reason.name());
        });
  }
}
