package dev.holdfast.server.session;

import dev.holdfast.attestation.NodeName;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** The sessions that are open: one for each node. */
public final class Sessions {
  private final Map<NodeName, NodeSession> byNode = new ConcurrentHashMap<>();

  /** A node's session. */
  public Optional<NodeSession> of(NodeName node) {
    return Optional.ofNullable(byNode.get(node)).filter(session -> !session.ended());
  }

  /** All of them. */
  public Collection<NodeSession> all() {
    return List.copyOf(byNode.values());
  }

  /**
   * A session begins where the node has none; a node that has one keeps it until it proves itself.
   */
  public void opened(NodeSession session) {
    byNode.compute(
        session.node(), (_, present) -> present == null || present.ended() ? session : present);
  }

  /** A session has proven itself: an older one of the same node ends. */
  public void accepted(NodeSession session) {
    NodeSession before = byNode.put(session.node(), session);
    if (before != null && before != session) {
      before.end(NodeSession.unavailable("the node has opened a newer session"));
    }
  }

  /** A session is over. */
  public void closed(NodeSession session) {
    byNode.remove(session.node(), session);
  }

  /** Ends a node's session, such as when it was revoked. */
  public void end(NodeName node, String why) {
    NodeSession session = byNode.remove(node);
    if (session != null) {
      session.end(NodeSession.unavailable(why));
    }
  }

  /** Ends all of them. */
  public void endAll(String why) {
    byNode.keySet().forEach(node -> end(node, why));
  }
}
