package dev.holdfast.attestation.x509;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.x509.CertificatePath.Anchors;
import dev.holdfast.attestation.x509.CertificatePath.Sound;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A bounded memory of paths that were sound and of signatures that were right; whoever judges many
 * paths under the same anchors makes one and hands it in.
 *
 * <p>It never makes a path sound that would not be without it. A path is remembered under the
 * digest of its certificates, of the rules, and of the anchors with all their revocation lists, and
 * only used at a time inside every window that it rests on: a path of an anchor, certificate or
 * list that was replaced is not found. A signature is remembered under the digest of what was
 * signed, of the signature and of the key, which nothing makes wrong later; who may sign is judged
 * anew each time. The least recently used are forgotten first. Threads may share it.
 */
public final class PathMemory {
  private static final PathMemory NONE = new PathMemory(0);

  private final Map<Bytes, Remembered> paths;
  private final Map<Bytes, Boolean> signatures;

  private record Remembered(Bytes anchors, Sound path) {}

  /**
   * An empty memory.
   *
   * @param entriesMax most paths, and most signatures, that it holds: about 10 KiB each, as a path
   *     keeps its certificates
   */
  public PathMemory(int entriesMax) {
    if (entriesMax < 0) {
      throw new IllegalArgumentException("a memory of " + entriesMax + " entries");
    }
    this.paths = new Recent<>(entriesMax);
    this.signatures = new Recent<>(entriesMax);
  }

  /** One that remembers nothing. */
  public static PathMemory none() {
    return NONE;
  }

  /** Forgets all that rests on other anchors than these, and all signatures. */
  public void retain(Collection<Anchors> anchors) {
    Set<Bytes> kept = anchors.stream().map(Anchors::digest).collect(Collectors.toSet());
    synchronized (paths) {
      paths.values().removeIf(remembered -> !kept.contains(remembered.anchors()));
    }
    synchronized (signatures) {
      signatures.clear();
    }
  }

  /** How many paths it holds. */
  public int size() {
    synchronized (paths) {
      return paths.size();
    }
  }

  /** The path remembered, if all that it rests on is valid at the time; one past it is dropped. */
  Optional<Sound> path(Bytes key, Instant at) {
    synchronized (paths) {
      Remembered remembered = paths.get(key);
      if (remembered == null) {
        return Optional.empty();
      }
      if (at.isAfter(remembered.path().notAfter())) {
        paths.remove(key);
        return Optional.empty();
      }
      return at.isBefore(remembered.path().notBefore())
          ? Optional.empty()
          : Optional.of(remembered.path());
    }
  }

  void remember(Bytes key, Anchors anchors, Sound path) {
    synchronized (paths) {
      paths.put(key, new Remembered(anchors.digest(), path));
    }
  }

  boolean knowsSignature(Bytes key) {
    synchronized (signatures) {
      return signatures.get(key) != null;
    }
  }

  void rememberSignature(Bytes key) {
    synchronized (signatures) {
      signatures.put(key, Boolean.TRUE);
    }
  }

  /** A map that drops what was used least recently. */
  private static final class Recent<V> extends LinkedHashMap<Bytes, V> {
    private static final long serialVersionUID = 1L;

    private final int entriesMax;

    Recent(int entriesMax) {
      super(16, 0.75f, true);
      this.entriesMax = entriesMax;
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<Bytes, V> eldest) {
      return size() > entriesMax;
    }
  }
}
