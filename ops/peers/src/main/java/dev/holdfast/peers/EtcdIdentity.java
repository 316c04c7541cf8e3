package dev.holdfast.peers;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;

/**
 * What etcd derives its ids from: fixed when the data directories are first used.
 *
 * @param token drawn at random, so that no other cluster has the same id
 * @param peers the URLs by which members reach each other, one a member
 */
record EtcdIdentity(String token, List<String> peers) {
  EtcdIdentity {
    peers = List.copyOf(peers);
  }

  /** The identity kept in a directory; a fresh one, with these peers, where there is none yet. */
  static EtcdIdentity in(Path directory, List<String> peers) throws IOException {
    Path file = directory.resolve("identity");
    if (Files.exists(file)) {
      List<String> lines = Files.readAllLines(file);
      return new EtcdIdentity(lines.getFirst(), lines.subList(1, lines.size()));
    }
    var fresh = new EtcdIdentity("holdfast-" + UUID.randomUUID(), peers);
    Files.writeString(file, fresh.token + "\n" + String.join("\n", peers) + "\n");
    return fresh;
  }

  /** The id of a member, as etcd computes it (server membership: NewMember): SHA-1, cut. */
  BigInteger memberId(int member) {
    return new BigInteger(
        1, sha1Head((peers.get(member) + token).getBytes(StandardCharsets.UTF_8)));
  }

  /** The id of the cluster (server membership: genID): of its members' ids in their order. */
  BigInteger clusterId() {
    ByteBuffer ids = ByteBuffer.allocate(Long.BYTES * peers.size());
    IntStream.range(0, peers.size())
        .mapToObj(this::memberId)
        .sorted()
        .forEach(id -> ids.putLong(id.longValue()));
    return new BigInteger(1, sha1Head(ids.array()));
  }

  private static byte[] sha1Head(byte[] input) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-1").digest(input);
      return ByteBuffer.allocate(Long.BYTES).put(digest, 0, Long.BYTES).array();
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-1", e);
    }
  }
}
