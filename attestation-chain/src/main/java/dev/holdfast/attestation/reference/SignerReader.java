package dev.holdfast.attestation.reference;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.codec.Cbor;
import dev.holdfast.attestation.codec.Cbor.Kind;
import dev.holdfast.attestation.codec.MalformedException;
import dev.holdfast.attestation.cose.CoseHeader;
import dev.holdfast.attestation.cose.CoseSign1;
import dev.holdfast.attestation.reference.Corim.Validity;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Function;

/** Reads who signed a manifest out of its protected header (draft-ietf-rats-corim, section 4.2). */
final class SignerReader {
  /** The label of the map about the signer (section 4.2.3). */
  static final long META = 8;

  /** The label of CWT claims (RFC 9597), which say the same. */
  static final long CWT_CLAIMS = 15;

  private static final long HASH_ENVELOPE = 258;
  private static final String CONTENT_TYPE = "application/rim+cbor";
  private static final String WHERE = "header";

  private SignerReader() {}

  /**
   * What the header says of the signer.
   *
   * @param name who it is
   * @param uri a URI of theirs
   * @param validity how long the signature stands
   */
  record Header(String name, Optional<String> uri, Optional<Validity> validity) {}

  static Header header(CoseSign1 envelope) {
    CoseHeader map = envelope.protectedHeader();
    if (map.parameter(HASH_ENVELOPE).isPresent()) {
      throw ManifestException.schema(
          WHERE, "the signature is over a digest of the manifest (hash envelope), not itself");
    }
    if (!map.contentType().equals(Optional.of(CONTENT_TYPE))) {
      throw ManifestException.schema(WHERE, "the content type is not " + CONTENT_TYPE);
    }
    Optional<Header> meta =
        map.parameter(META).map(value -> within(value, "corim-meta", SignerReader::meta));
    Optional<Header> claims =
        map.parameter(CWT_CLAIMS).map(value -> within(value, "CWT-Claims", SignerReader::claims));
    if (meta.isPresent() && claims.isPresent() && !agree(meta.get(), claims.get())) {
      throw ManifestException.schema(WHERE, "corim-meta and CWT-Claims say different things");
    }
    return meta.or(() -> claims)
        .orElseThrow(() -> ManifestException.schema(WHERE, "the header does not say who signs"));
  }

  /** Both are a map, or a byte string that holds one: writers differ. */
  private static Header within(Cbor value, String what, Function<Cbor, Header> reader) {
    try {
      if (value.is(Kind.BYTES)) {
        Bytes content = value.bytes(what);
        return CorimReader.read(content, WHERE, what, reader);
      }
      return reader.apply(value);
    } catch (MalformedException | IllegalArgumentException e) {
      throw ManifestException.schema(WHERE, String.valueOf(e.getMessage()));
    }
  }

  private static Header meta(Cbor map) {
    String what = "corim-meta";
    Cbor signer = map.required(0, what);
    return new Header(
        signer.required(0, "the signer").text("signer-name"),
        signer.member(1, "the signer").map(uri -> CorimReader.uri(uri, "signer-uri")),
        map.member(1, what).map(value -> CorimReader.validity(value, "signature-validity")));
  }

  private static Header claims(Cbor map) {
    String what = "CWT-Claims";
    Optional<Instant> begin = map.member(5, what).map(time -> CorimReader.instant(time, "nbf"));
    Optional<Instant> end = map.member(4, what).map(time -> CorimReader.instant(time, "exp"));
    Optional<Validity> validity =
        begin.isEmpty() && end.isEmpty()
            ? Optional.empty()
            : Optional.of(new Validity(begin, end.orElse(Instant.MAX)));
    return new Header(map.required(1, what).text("iss"), Optional.empty(), validity);
  }

  private static boolean agree(Header meta, Header claims) {
    boolean sameName =
        claims.name().equals(meta.name()) || Optional.of(claims.name()).equals(meta.uri());
    return sameName && (claims.validity().isEmpty() || claims.validity().equals(meta.validity()));
  }
}
