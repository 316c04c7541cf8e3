package dev.holdfast.tests.fault.history;

import dev.holdfast.tests.fault.history.NodeStep.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** Takes a history apart into what happened on each node. */
final class Partition {
  private final Site site;
  private final Map<Integer, String> pathways;
  private final SortedMap<String, List<NodeStep>> steps = new TreeMap<>();

  private Partition(History history) {
    this.site = history.site();
    this.pathways = history.pathways();
    site.capacities().keySet().forEach(node -> steps.put(node, new ArrayList<>()));
  }

  /** The steps of each node. */
  static SortedMap<String, List<NodeStep>> of(History history) {
    var partition = new Partition(history);
    Settlement.of(history).forEach(partition::add);
    return partition.steps;
  }

  private void add(Settlement.Settled settled) {
    Operation operation = settled.operation();
    switch (operation.call()) {
      case Call.Survey _ -> {
        if (operation.outcome() instanceof Outcome.Seen(Map<String, Outcome.Total> nodes, _)) {
          nodes.forEach(
              (node, total) -> put(node, settled, Kind.TOTAL, -1, total.held(), total.holds()));
        }
      }
      case Call.Tally(String pathway) -> {
        if (operation.outcome() instanceof Outcome.Held(long amount, int holds)) {
          put(route(pathway).hypervisor(), settled, Kind.TOTAL, -1, amount, holds);
        }
      }
      case Call.OfRequest call -> {
        String pathway = pathways.get(call.request());
        if (pathway != null) {
          Site.Route route = route(pathway);
          route.nodes().forEach(node -> add(settled, call, node, route));
        }
      }
      case Call.Lead _ -> {}
    }
  }

  private Site.Route route(String pathway) {
    return Optional.ofNullable(site.pathways().get(pathway)).orElseThrow();
  }

  private void add(Settlement.Settled settled, Call.OfRequest call, String node, Site.Route route) {
    long amount =
        switch (call) {
          case Call.Reserve(_, _, _, Amount asked) -> route.part(node, asked);
          case Call.Resize(_, Amount asked) -> route.part(node, asked);
          case Call.Release _, Call.Free _, Call.Look _, Call.Grant _ -> 0;
        };
    int request = call.request();
    switch (settled.operation().outcome()) {
      case Outcome.Stands(_, Standing standing) -> {
        long cell = NodeState.cell(standing.phase(), route.part(node, standing.amount()));
        put(node, settled, done(call), request, amount, cell);
      }
      case Outcome.Unknown _ when !(call instanceof Call.Look) ->
          put(node, settled, effect(call), request, amount, 0);
      case Outcome.Full(String full) when full.equals(node) ->
          put(node, settled, full(call), request, amount, 0);
      case Outcome.Refused(String reason)
          when call instanceof Call.Resize && reason.equals("ILLEGAL_STATE") ->
          put(node, settled, Kind.RESIZE_ILLEGAL, request, 0, 0);
      case Outcome.Refused _ -> {
        if (!(call instanceof Call.Reserve)) {
          // Whatever else was refused was answered as if nothing had been made for the request.
          put(node, settled, Kind.LOOK, request, 0, NodeState.ABSENT);
        }
      }
      case Outcome.Nothing _ -> put(node, settled, Kind.LOOK, request, 0, NodeState.ABSENT);
      case Outcome.Full _,
          Outcome.Unknown _,
          Outcome.NotDone _,
          Outcome.Granted _,
          Outcome.Held _,
          Outcome.Leads _,
          Outcome.Seen _ -> {}
    }
  }

  private void put(
      String node, Settlement.Settled settled, Kind kind, int request, long amount, long expected) {
    List<NodeStep> into = steps.get(node);
    if (into != null) {
      into.add(
          new NodeStep(
              kind,
              request,
              amount,
              expected,
              settled.operation().invoked(),
              settled.returned(),
              settled.operation()));
    }
  }

  private static Kind done(Call.OfRequest call) {
    return switch (call) {
      case Call.Reserve _ -> Kind.RESERVE;
      case Call.Resize _ -> Kind.RESIZE;
      case Call.Release _ -> Kind.RELEASE;
      case Call.Free _ -> Kind.FREE;
      case Call.Look _, Call.Grant _ -> Kind.LOOK;
    };
  }

  private static Kind effect(Call.OfRequest call) {
    return switch (call) {
      case Call.Reserve _ -> Kind.RESERVE_EFFECT;
      case Call.Resize _ -> Kind.RESIZE_EFFECT;
      case Call.Release _ -> Kind.RELEASE_EFFECT;
      case Call.Free _ -> Kind.FREE_EFFECT;
      case Call.Look _, Call.Grant _ -> Kind.LOOK;
    };
  }

  private static Kind full(Call.OfRequest call) {
    return call instanceof Call.Resize ? Kind.RESIZE_FULL : Kind.RESERVE_FULL;
  }
}
