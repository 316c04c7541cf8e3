package dev.holdfast.server.service;

import dev.holdfast.proto.policy.v1.Collateral;
import dev.holdfast.proto.policy.v1.ListCollateralRequest;
import dev.holdfast.proto.policy.v1.ListCollateralResponse;
import dev.holdfast.proto.policy.v1.TrustZoneServiceGrpc;
import dev.holdfast.server.collateral.CollateralShelf;
import dev.holdfast.server.collateral.HeldItem;
import dev.holdfast.server.rpc.Unary;
import dev.holdfast.server.wire.Write;
import io.grpc.stub.StreamObserver;
import java.time.Instant;

/** {@code TrustZoneService}: what verdicts in trust zones rest on. */
final class TrustZoneEndpoint extends TrustZoneServiceGrpc.TrustZoneServiceImplBase {
  private final CollateralShelf collateral;

  TrustZoneEndpoint(CollateralShelf collateral) {
    this.collateral = collateral;
  }

  @Override
  public void listCollateral(
      ListCollateralRequest request, StreamObserver<ListCollateralResponse> out) {
    Unary.answer(
        out,
        "TrustZoneService/ListCollateral",
        () ->
            Pages.of(request.getPageSize(), request.getPageToken(), collateral.list())
                .into(
                    (page, next) ->
                        ListCollateralResponse.newBuilder()
                            .addAllCollateral(
                                page.stream().map(TrustZoneEndpoint::message).toList())
                            .setNextPageToken(next)
                            .build()));
  }

  private static Collateral message(CollateralShelf.Held held) {
    HeldItem item = held.item();
    Collateral.Builder message =
        Collateral.newBuilder()
            .setTrustZone(held.zone().toString())
            .setKind(kind(item.kind()))
            .setDigest(Write.bytes(item.digest()))
            .setSubject(item.subject())
            .setExpireTime(Write.time(item.until()))
            .setIssueNumber(item.issueNumber())
            .setState(state(held.state()));
    if (item.from().isAfter(Instant.EPOCH)) {
      message.setIssueTime(Write.time(item.from()));
    }
    return message.build();
  }

  private static Collateral.Kind kind(HeldItem.Kind kind) {
    return switch (kind) {
      case SGX_TCB_INFO -> Collateral.Kind.KIND_SGX_TCB_INFO;
      case TDX_TCB_INFO -> Collateral.Kind.KIND_TDX_TCB_INFO;
      case SGX_QE_IDENTITY -> Collateral.Kind.KIND_SGX_QE_IDENTITY;
      case TDX_QE_IDENTITY -> Collateral.Kind.KIND_TDX_QE_IDENTITY;
      case CRL -> Collateral.Kind.KIND_CRL;
      case CERTIFICATE -> Collateral.Kind.KIND_CERTIFICATE;
      case MANIFEST -> Collateral.Kind.KIND_MANIFEST;
    };
  }

  private static Collateral.State state(HeldItem.State state) {
    return switch (state) {
      case VALID -> Collateral.State.STATE_VALID;
      case EXPIRING_SOON -> Collateral.State.STATE_EXPIRING_SOON;
      case EXPIRED -> Collateral.State.STATE_EXPIRED;
    };
  }
}
