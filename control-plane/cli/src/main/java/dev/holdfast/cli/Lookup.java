package dev.holdfast.cli;

import dev.holdfast.proto.attestation.v1.Appraisal;
import dev.holdfast.proto.attestation.v1.AppraisalView;
import dev.holdfast.proto.attestation.v1.AttestationChain;
import dev.holdfast.proto.attestation.v1.GetAppraisalRequest;
import dev.holdfast.proto.attestation.v1.GetAttestationChainRequest;
import dev.holdfast.proto.attestation.v1.ListAttestationChainsRequest;
import dev.holdfast.proto.attestation.v1.ListAttestationChainsResponse;
import dev.holdfast.proto.forecast.v1.GetModelRequest;
import dev.holdfast.proto.forecast.v1.GetResourceProfileRequest;
import dev.holdfast.proto.forecast.v1.ListResourceProfilesRequest;
import dev.holdfast.proto.forecast.v1.ListResourceProfilesResponse;
import dev.holdfast.proto.forecast.v1.ListSignalsRequest;
import dev.holdfast.proto.forecast.v1.ListSignalsResponse;
import dev.holdfast.proto.forecast.v1.Signal;
import dev.holdfast.proto.policy.v1.GetNodeRequest;
import dev.holdfast.proto.policy.v1.GetPathwayRequest;
import dev.holdfast.proto.policy.v1.ListNodesRequest;
import dev.holdfast.proto.policy.v1.ListNodesResponse;
import dev.holdfast.proto.policy.v1.ListPathwaysRequest;
import dev.holdfast.proto.policy.v1.ListPathwaysResponse;
import dev.holdfast.proto.policy.v1.Node;
import dev.holdfast.proto.policy.v1.Pathway;
import dev.holdfast.proto.reservation.v1.GetReservationRequest;
import dev.holdfast.proto.reservation.v1.Grant;
import dev.holdfast.proto.reservation.v1.ListGrantsRequest;
import dev.holdfast.proto.reservation.v1.ListGrantsResponse;
import dev.holdfast.proto.reservation.v1.ListReservationsRequest;
import dev.holdfast.proto.reservation.v1.ListReservationsResponse;

/** Reads resources from PAM, one or all of a kind, and shows them. */
final class Lookup {
  /** As much as a page may hold. */
  private static final int PAGE_SIZE = 500;

  private final Holdfast root;
  private final Remote remote;

  Lookup(Holdfast root, Remote remote) {
    this.root = root;
    this.remote = remote;
  }

  /** Shows the resource of a full name, whatever its kind. */
  void show(String name) {
    switch (Names.of(name)) {
      case RESERVATION -> {
        var request = GetReservationRequest.newBuilder().setName(name).build();
        var found = remote.reservations().getReservation(request);
        root.print(found, () -> ReservationViews.one(found, root.now()));
      }
      case GRANT -> showGrant(name);
      case PROFILE -> {
        var request = GetResourceProfileRequest.newBuilder().setName(name).build();
        var found = remote.forecasts().getResourceProfile(request);
        root.print(found, () -> ForecastViews.profile(found, root.now()));
      }
      case MODEL -> {
        var request = GetModelRequest.newBuilder().setName(name).build();
        var found = remote.forecasts().getModel(request);
        root.print(found, () -> ModelViews.one(found, root.now()));
      }
      case NODE -> {
        Node found = node(name);
        root.print(found, () -> TopologyViews.node(found, root.now()));
      }
      case APPRAISAL -> {
        Appraisal found = appraisal(name, AppraisalView.APPRAISAL_VIEW_BASIC);
        root.print(found, () -> AttestationViews.appraisal(found, root.now()));
      }
      case PATHWAY -> {
        Pathway found =
            remote.topology().getPathway(GetPathwayRequest.newBuilder().setName(name).build());
        root.print(found, () -> TopologyViews.pathway(found));
      }
      case CHAIN -> {
        AttestationChain found = chain(name);
        root.print(found, () -> AttestationViews.chain(found, root.now()));
      }
      case SIGNAL -> showSignal(name);
      case TENANT, ZONE, IMAGE ->
          throw CommandException.usage(
              "\""
                  + name
                  + "\" names what other things belong to. Use \"holdfast list\" with"
                  + " --tenant or --zone.");
    }
  }

  private void showSignal(String name) {
    Signal found =
        signals(Names.parent(name)).getSignalsList().stream()
            .filter(signal -> signal.getName().equals(name))
            .findFirst()
            .orElseThrow(
                () ->
                    new CommandException(
                        Exit.REFUSED, "There is no " + name + ". Signals are kept for 30 days."));
    root.print(found, () -> SignalViews.one(found, root.now()));
  }

  /** The signals of a tenant, or of all. */
  ListSignalsResponse signals(String tenant) {
    var request = ListSignalsRequest.newBuilder().setParent(tenant).setPageSize(PAGE_SIZE).build();
    return Remote.all(
        ListSignalsResponse.class,
        ListSignalsResponse.getDefaultInstance(),
        token -> remote.forecasts().listSignals(request.toBuilder().setPageToken(token).build()));
  }

  Node node(String name) {
    return remote.topology().getNode(GetNodeRequest.newBuilder().setName(name).build());
  }

  Appraisal appraisal(String name, AppraisalView view) {
    return remote
        .attestation()
        .getAppraisal(GetAppraisalRequest.newBuilder().setName(name).setView(view).build());
  }

  AttestationChain chain(String name) {
    return remote
        .attestation()
        .getAttestationChain(GetAttestationChainRequest.newBuilder().setName(name).build());
  }

  void reservations(String tenant) {
    var request =
        ListReservationsRequest.newBuilder().setParent(tenant).setPageSize(PAGE_SIZE).build();
    var all =
        Remote.all(
            ListReservationsResponse.class,
            ListReservationsResponse.getDefaultInstance(),
            token ->
                remote
                    .reservations()
                    .listReservations(request.toBuilder().setPageToken(token).build()));
    root.print(all, () -> ReservationViews.list(all.getReservationsList(), root.now()));
  }

  void grants(String reservation) {
    ListGrantsResponse all = allGrants(reservation);
    root.print(all, () -> ReservationViews.grants(all.getGrantsList(), root.now()));
  }

  void profiles(String tenant) {
    var request =
        ListResourceProfilesRequest.newBuilder().setParent(tenant).setPageSize(PAGE_SIZE).build();
    var all =
        Remote.all(
            ListResourceProfilesResponse.class,
            ListResourceProfilesResponse.getDefaultInstance(),
            token ->
                remote
                    .forecasts()
                    .listResourceProfiles(request.toBuilder().setPageToken(token).build()));
    root.print(all, () -> ForecastViews.profiles(all.getResourceProfilesList(), root.now()));
  }

  void nodes(String zone) {
    var request = ListNodesRequest.newBuilder().setParent(zone).setPageSize(PAGE_SIZE).build();
    var all =
        Remote.all(
            ListNodesResponse.class,
            ListNodesResponse.getDefaultInstance(),
            token -> remote.topology().listNodes(request.toBuilder().setPageToken(token).build()));
    root.print(all, () -> TopologyViews.nodes(all.getNodesList(), root.now()));
  }

  void pathways(String zone) {
    var request = ListPathwaysRequest.newBuilder().setParent(zone).setPageSize(PAGE_SIZE).build();
    var all =
        Remote.all(
            ListPathwaysResponse.class,
            ListPathwaysResponse.getDefaultInstance(),
            token ->
                remote.topology().listPathways(request.toBuilder().setPageToken(token).build()));
    root.print(all, () -> TopologyViews.pathways(all.getPathwaysList()));
  }

  void chains(String pathway) {
    var request =
        ListAttestationChainsRequest.newBuilder().setParent(pathway).setPageSize(PAGE_SIZE).build();
    var all =
        Remote.all(
            ListAttestationChainsResponse.class,
            ListAttestationChainsResponse.getDefaultInstance(),
            token ->
                remote
                    .attestation()
                    .listAttestationChains(request.toBuilder().setPageToken(token).build()));
    root.print(all, () -> AttestationViews.chains(all.getAttestationChainsList(), root.now()));
  }

  private ListGrantsResponse allGrants(String reservation) {
    var request =
        ListGrantsRequest.newBuilder().setParent(reservation).setPageSize(PAGE_SIZE).build();
    return Remote.all(
        ListGrantsResponse.class,
        ListGrantsResponse.getDefaultInstance(),
        token -> remote.reservations().listGrants(request.toBuilder().setPageToken(token).build()));
  }

  private void showGrant(String name) {
    String reservation = Names.parent(name);
    Grant found =
        allGrants(reservation).getGrantsList().stream()
            .filter(grant -> grant.getName().equals(name))
            .findFirst()
            .orElseThrow(
                () ->
                    new CommandException(
                        Exit.REFUSED,
                        "There is no grant \""
                            + name
                            + "\" that has not expired. See \"holdfast"
                            + " list grants --reservation "
                            + reservation
                            + "\"."));
    root.print(found, () -> ReservationViews.grants(java.util.List.of(found), root.now()));
  }
}
