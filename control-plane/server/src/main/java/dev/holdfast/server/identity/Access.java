package dev.holdfast.server.identity;

import static dev.holdfast.server.identity.Access.Right.APPLICATION;
import static dev.holdfast.server.identity.Access.Right.NODE;
import static dev.holdfast.server.identity.Access.Right.OPERATOR;

import dev.holdfast.proto.attestation.v1.AttestationServiceGrpc;
import dev.holdfast.proto.forecast.v1.ForecastServiceGrpc;
import dev.holdfast.proto.node.v1.NodeServiceGrpc;
import dev.holdfast.proto.policy.v1.TopologyServiceGrpc;
import dev.holdfast.proto.policy.v1.TrustZoneServiceGrpc;
import dev.holdfast.proto.reservation.v1.ReservationServiceGrpc;
import dev.holdfast.proto.usage.v1.UsageServiceGrpc;
import io.grpc.MethodDescriptor;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * Who may call which RPC: the one table. What is not in it may be called by nobody; which tenant's
 * or node's things a caller may touch is checked by the service.
 */
public final class Access {
  /** A kind of caller. */
  public enum Right {
    /** Anyone who reaches the port. */
    ANYONE,
    /** A node with a certificate. */
    NODE,
    /** An application with a certificate. */
    APPLICATION,
    /** An operator with a certificate. */
    OPERATOR
  }

  private static final Map<String, Set<Right>> TABLE = table();

  private Access() {}

  /** What the caller counts as. Strangers count as nothing. */
  public static Set<Right> rightsOf(Caller caller) {
    return switch (caller) {
      case Caller.Anonymous _ -> Set.of(Right.ANYONE);
      case Caller.Operator _ -> Set.of(Right.ANYONE, OPERATOR);
      case Caller.Node _ -> Set.of(Right.ANYONE, NODE);
      case Caller.Application _ -> Set.of(Right.ANYONE, APPLICATION);
      case Caller.Stranger _ -> Set.of(Right.ANYONE);
    };
  }

  /** Who may call the method; empty for one that is not known. */
  public static Set<Right> to(String fullMethodName) {
    Set<Right> rights = TABLE.get(fullMethodName);
    if (rights != null) {
      return rights;
    }
    String service = MethodDescriptor.extractFullServiceName(fullMethodName);
    return service == null ? Set.of() : TABLE.getOrDefault(service, Set.of());
  }

  /** Whether a replica answers it that does not lead: what says nothing of the ledger. */
  public static boolean servedByAny(String fullMethodName) {
    return fullMethodName.startsWith("grpc.");
  }

  private static Map<String, Set<Right>> table() {
    Map<String, Set<Right>> table = new HashMap<>();
    Set<Right> operator = Set.of(OPERATOR);
    Set<Right> tenants = Set.of(APPLICATION, OPERATOR);
    table.put("grpc.health.v1.Health", Set.of(Right.ANYONE));
    table.put("grpc.reflection.v1.ServerReflection", operator);
    table.put("grpc.reflection.v1alpha.ServerReflection", operator);

    table.put(NodeServiceGrpc.getEnrolNodeMethod().getFullMethodName(), Set.of(Right.ANYONE));
    table.put(NodeServiceGrpc.getRenewNodeCertificateMethod().getFullMethodName(), Set.of(NODE));
    table.put(NodeServiceGrpc.getSessionMethod().getFullMethodName(), Set.of(NODE));

    table.put(AttestationServiceGrpc.SERVICE_NAME, Set.of(NODE, OPERATOR));
    table.put(AttestationServiceGrpc.getAttestPathwayMethod().getFullMethodName(), tenants);
    table.put(
        AttestationServiceGrpc.getGetAttestationChainMethod().getFullMethodName(),
        Set.of(NODE, APPLICATION, OPERATOR));
    table.put(
        AttestationServiceGrpc.getListAttestationChainsMethod().getFullMethodName(), operator);

    table.put(ReservationServiceGrpc.SERVICE_NAME, tenants);
    table.put(ForecastServiceGrpc.SERVICE_NAME, operator);
    table.put(ForecastServiceGrpc.getGetResourceProfileMethod().getFullMethodName(), tenants);
    table.put(ForecastServiceGrpc.getListResourceProfilesMethod().getFullMethodName(), tenants);
    table.put(ForecastServiceGrpc.getForecastDemandMethod().getFullMethodName(), tenants);
    table.put(ForecastServiceGrpc.getExplainForecastMethod().getFullMethodName(), tenants);
    table.put(ForecastServiceGrpc.getListSignalsMethod().getFullMethodName(), tenants);
    table.put(ForecastServiceGrpc.getWatchSignalsMethod().getFullMethodName(), tenants);
    table.put(UsageServiceGrpc.getListUsageSamplesMethod().getFullMethodName(), tenants);
    table.put(UsageServiceGrpc.getImportUsageHistoryMethod().getFullMethodName(), operator);
    table.put(AttestationServiceGrpc.getPreviewPolicyMethod().getFullMethodName(), operator);
    table.put(TrustZoneServiceGrpc.SERVICE_NAME, operator);
    table.put(TopologyServiceGrpc.SERVICE_NAME, operator);
    table.put(TopologyServiceGrpc.getGetNodeMethod().getFullMethodName(), Set.of(NODE, OPERATOR));
    return Map.copyOf(table);
  }
}
