package dev.holdfast.attestation.ima;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.holdfast.attestation.Bytes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What files a node may have used.
 *
 * <p>Excludes are regular expressions in the syntax of RE2, matched from the start of a path in
 * time linear in its length, whatever the expression: a node chooses its paths.
 */
public final class ImaExpectation {
  /** Nothing is allowed at all. */
  public static final ImaExpectation STRICT =
      new ImaExpectation(
          Map.of(), Map.of(), List.of(), List.of(), false, false, false, Optional.empty());

  private static final int KEYS_MAX = 16;
  private static final int EXCLUDES_MAX = 256;
  private static final int EXCLUDE_MAX_CHARACTERS = 1024;

  private final Map<String, Set<Bytes>> allowed;
  private final Map<String, Set<Bytes>> keyrings;
  private final List<ImaKey> keys;
  private final List<Pattern> excludes;
  private final boolean violationsAllowed;
  private final boolean tailAllowed;
  private final boolean paddedAllowed;
  private final Optional<Set<Bytes>> bootAggregates;

  private ImaExpectation(
      Map<String, Set<Bytes>> allowed,
      Map<String, Set<Bytes>> keyrings,
      List<ImaKey> keys,
      List<Pattern> excludes,
      boolean violationsAllowed,
      boolean tailAllowed,
      boolean paddedAllowed,
      Optional<Set<Bytes>> bootAggregates) {
    this.allowed = allowed;
    this.keyrings = keyrings;
    this.keys = keys;
    this.excludes = excludes;
    this.violationsAllowed = violationsAllowed;
    this.tailAllowed = tailAllowed;
    this.paddedAllowed = paddedAllowed;
    this.bootAggregates = bootAggregates;
  }

  /** The same with files that are allowed, and no others: digests by path. */
  public ImaExpectation withAllowed(Map<String, Set<Bytes>> digests) {
    return new ImaExpectation(
        copy(digests),
        keyrings,
        keys,
        excludes,
        violationsAllowed,
        tailAllowed,
        paddedAllowed,
        bootAggregates);
  }

  /** The same with buffers that are allowed: digests by the name of a keyring, or another name. */
  public ImaExpectation withKeyrings(Map<String, Set<Bytes>> digests) {
    return new ImaExpectation(
        allowed,
        copy(digests),
        keys,
        excludes,
        violationsAllowed,
        tailAllowed,
        paddedAllowed,
        bootAggregates);
  }

  /**
   * The same with keys whose signature allows a file.
   *
   * @param signers at most 16
   */
  public ImaExpectation withKeys(List<ImaKey> signers) {
    if (signers.size() > KEYS_MAX) {
      throw new IllegalArgumentException("at most " + KEYS_MAX + " keys sign files");
    }
    return new ImaExpectation(
        allowed,
        keyrings,
        List.copyOf(signers),
        excludes,
        violationsAllowed,
        tailAllowed,
        paddedAllowed,
        bootAggregates);
  }

  /**
   * The same with paths that are not judged; a malformed signature is refused there too.
   *
   * @param expressions at most 256 of at most 1024 characters, in the syntax of RE2
   * @throws IllegalArgumentException if one is none
   */
  public ImaExpectation withExcludes(List<String> expressions) {
    if (expressions.size() > EXCLUDES_MAX) {
      throw new IllegalArgumentException("at most " + EXCLUDES_MAX + " paths are excluded");
    }
    List<Pattern> patterns = new ArrayList<>();
    for (String expression : expressions) {
      if (expression.length() > EXCLUDE_MAX_CHARACTERS) {
        throw new IllegalArgumentException("an expression has at most 1024 characters");
      }
      try {
        patterns.add(Pattern.compile(expression));
      } catch (PatternSyntaxException e) {
        throw new IllegalArgumentException(
            "\"" + expression + "\" is no expression of RE2: " + e.getDescription(), e);
      }
    }
    return new ImaExpectation(
        allowed,
        keyrings,
        keys,
        List.copyOf(patterns),
        violationsAllowed,
        tailAllowed,
        paddedAllowed,
        bootAggregates);
  }

  /** The same, where a file may have changed while it was measured. */
  public ImaExpectation withViolationsAllowed() {
    return new ImaExpectation(
        allowed, keyrings, keys, excludes, true, tailAllowed, paddedAllowed, bootAggregates);
  }

  /**
   * The same, where entries may follow those that the register accounts for, as they do if the list
   * was read after the quote; they are left for the next quote.
   */
  public ImaExpectation withTailAllowed() {
    return new ImaExpectation(
        allowed, keyrings, keys, excludes, violationsAllowed, true, paddedAllowed, bootAggregates);
  }

  /**
   * The same for kernels before 5.8, which extend every bank with the SHA-1 template hash, filled
   * up with zeros.
   */
  public ImaExpectation withPaddedSha1() {
    return new ImaExpectation(
        allowed, keyrings, keys, excludes, violationsAllowed, tailAllowed, true, bootAggregates);
  }

  /**
   * The same for a list whose boot was quoted beside it: what its {@code boot_aggregate} may be.
   */
  ImaExpectation withBootAggregates(Set<Bytes> digests) {
    return new ImaExpectation(
        allowed,
        keyrings,
        keys,
        excludes,
        violationsAllowed,
        tailAllowed,
        paddedAllowed,
        Optional.of(Set.copyOf(digests)));
  }

  boolean violationsAllowed() {
    return violationsAllowed;
  }

  boolean tailAllowed() {
    return tailAllowed;
  }

  boolean paddedAllowed() {
    return paddedAllowed;
  }

  /** Empty where no boot was quoted, and {@code boot_aggregate} is a name like any other. */
  Optional<Set<Bytes>> bootAggregates() {
    return bootAggregates;
  }

  List<ImaKey> keys() {
    return keys;
  }

  Set<Bytes> allowed(String path) {
    return allowed.getOrDefault(path, Set.of());
  }

  Set<Bytes> keyring(String name) {
    return keyrings.getOrDefault(name, Set.of());
  }

  boolean excludes(String path) {
    for (Pattern pattern : excludes) {
      if (pattern.matcher(path).lookingAt()) {
        return true;
      }
    }
    return false;
  }

  private static Map<String, Set<Bytes>> copy(Map<String, Set<Bytes>> source) {
    Map<String, Set<Bytes>> copy = new HashMap<>();
    source.forEach((name, digests) -> copy.put(name, Set.copyOf(digests)));
    return Map.copyOf(copy);
  }
}
