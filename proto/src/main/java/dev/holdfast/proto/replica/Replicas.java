package dev.holdfast.proto.replica;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The replicas of PAM as a client of theirs knows them: those that it was told of, and which one to
 * ask now. One of them leads; the others say which, where they know it, and that may be one that
 * the client was not told of: TLS shows that it is PAM.
 *
 * <p>A client asks in rounds, each replica once in a round. All methods may be called from any
 * thread.
 */
public final class Replicas {
  /** How many a client is told of at most. */
  public static final int LISTED_MAX = 16;

  /** Replicas in one round that others named, beyond those listed. */
  private static final int NAMED_MAX = 4;

  private final List<ServerAddress> listed;
  private final Set<ServerAddress> asked = new HashSet<>();
  private ServerAddress current;
  private boolean vacant;

  /** What to do after a replica did not serve. */
  public enum Next {
    /** Ask the current one now: it was not asked in this round. */
    AT_ONCE,
    /** Ask the current one after a while: all were asked, and at least one waits for a leader. */
    SOON,
    /** All were asked, and none of them is of any use. */
    LATER
  }

  /**
   * Replicas of which the first is asked first.
   *
   * @param listed 1 to {@link #LISTED_MAX}
   */
  public Replicas(List<ServerAddress> listed) {
    this.listed = List.copyOf(listed);
    if (listed.isEmpty() || listed.size() > LISTED_MAX) {
      throw new IllegalArgumentException("one to " + LISTED_MAX + " servers may be named");
    }
    this.current = listed.getFirst();
  }

  /**
   * Reads {@code host:port,host:port}.
   *
   * @throws IllegalArgumentException if the text is anything else
   */
  public static Replicas parse(String text) {
    return new Replicas(Arrays.stream(text.split(",", -1)).map(ServerAddress::parse).toList());
  }

  /** The one to ask. */
  public synchronized ServerAddress current() {
    return current;
  }

  /** A replica has served well: a new round begins with it. */
  public synchronized void served() {
    asked.clear();
    vacant = false;
  }

  /**
   * A replica did not serve, or does no longer.
   *
   * @param replica the one that was asked
   * @param answer what it said, if it does not lead
   * @return when to ask the one that is then the current one
   */
  public synchronized Next after(ServerAddress replica, Optional<NotLeader> answer) {
    if (!replica.equals(current)) {
      // Somebody else who asks the same replicas has found out, and gone on.
      return Next.AT_ONCE;
    }
    asked.add(replica);
    vacant |= answer.isPresent();
    Optional<ServerAddress> named = answer.flatMap(NotLeader::leader);
    Optional<ServerAddress> unasked =
        Stream.concat(named.stream(), listed.stream())
            .filter(one -> !asked.contains(one))
            .findFirst();
    if (unasked.isPresent() && asked.size() < listed.size() + NAMED_MAX) {
      current = unasked.get();
      return Next.AT_ONCE;
    }
    Next next = vacant ? Next.SOON : Next.LATER;
    current = named.orElseGet(() -> listed.get((listed.indexOf(replica) + 1) % listed.size()));
    served();
    return next;
  }

  @Override
  public String toString() {
    return listed.stream().map(ServerAddress::toString).collect(Collectors.joining(","));
  }
}
