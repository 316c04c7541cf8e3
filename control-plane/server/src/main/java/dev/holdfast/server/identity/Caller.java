package dev.holdfast.server.identity;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.NodeName;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.pam.model.TenantName;
import io.grpc.Context;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** Who makes a call, as far as the channel proves it. */
public sealed interface Caller {
  /** Where the caller of the present RPC is found. */
  Context.Key<Caller> KEY = Context.keyWithDefault("holdfast-caller", new Anonymous());

  /** The caller of the present RPC. */
  static Caller current() {
    return KEY.get();
  }

  /** What it is called in logs: its SPIFFE ID, or a word for none. */
  String label();

  /** Someone without a certificate. */
  record Anonymous() implements Caller {
    @Override
    public String label() {
      return "anonymous";
    }
  }

  /** Someone who operates the system. */
  record Operator(SpiffeId id) implements Caller {
    @Override
    public String label() {
      return id.toString();
    }
  }

  /**
   * A node.
   *
   * @param name which
   * @param publicKey its channel's public key, SubjectPublicKeyInfo in DER: what its evidence binds
   */
  record Node(SpiffeId id, NodeName name, Bytes publicKey) implements Caller {
    @Override
    public String label() {
      return id.toString();
    }
  }

  /** An application of one tenant. */
  record Application(SpiffeId id, TenantName tenant) implements Caller {
    @Override
    public String label() {
      return id.toString();
    }
  }

  /** Someone whose certificate is of the trust domain, but names nothing that may call. */
  record Stranger(String label) implements Caller {}

  /** Reads the caller from a certificate whose path was verified by the handshake. */
  static Caller of(X509Certificate certificate, String trustDomain) {
    Optional<SpiffeId> found = idOf(certificate);
    if (found.isEmpty() || !found.get().trustDomain().equals(trustDomain)) {
      return new Stranger("a certificate without a SPIFFE ID of this trust domain");
    }
    SpiffeId id = found.get();
    List<String> path = List.of(id.path().split("/"));
    try {
      return switch (path.getFirst()) {
        case "operators" -> path.size() == 2 ? new Operator(id) : new Stranger(id.toString());
        case "trustZones" ->
            new Node(
                id, NodeName.parse(id.path()), Bytes.of(certificate.getPublicKey().getEncoded()));
        case "tenants" ->
            path.size() >= 3
                ? new Application(id, TenantName.parse("tenants/" + path.get(1)))
                : new Stranger(id.toString());
        default -> new Stranger(id.toString());
      };
    } catch (IllegalArgumentException | Refusal notAName) {
      return new Stranger(id.toString());
    }
  }

  private static Optional<SpiffeId> idOf(X509Certificate certificate) {
    try {
      Collection<List<?>> names = certificate.getSubjectAlternativeNames();
      if (names == null) {
        return Optional.empty();
      }
      List<String> uris =
          names.stream()
              .filter(name -> Integer.valueOf(6).equals(name.get(0)))
              .map(name -> String.valueOf(name.get(1)))
              .toList();
      return uris.size() == 1 ? Optional.of(SpiffeId.parse(uris.getFirst())) : Optional.empty();
    } catch (CertificateParsingException | IllegalArgumentException malformed) {
      return Optional.empty();
    }
  }
}
