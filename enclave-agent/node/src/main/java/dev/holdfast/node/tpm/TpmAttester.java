package dev.holdfast.node.tpm;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Pcr;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.PcrSelection;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tss.Tpm;
import tss.tpm.TPM2B_DIGEST;
import tss.tpm.TPMS_ECC_PARMS;
import tss.tpm.TPMS_ECC_POINT;
import tss.tpm.TPMS_ID_OBJECT;
import tss.tpm.TPMS_NULL_SIG_SCHEME;
import tss.tpm.TPMS_PCR_SELECTION;
import tss.tpm.TPMS_SENSITIVE_CREATE;
import tss.tpm.TPMT_PUBLIC;
import tss.tpm.TPMT_SYM_DEF;
import tss.tpm.TPM_ALG_ID;
import tss.tpm.TPM_HANDLE;
import tss.tpm.TPM_SE;

/**
 * A TPM 2.0 that vouches for its node: with its endorsement key for who it is, and with an
 * attestation key of ours, ECC P-256 in the endorsement hierarchy, for what was measured.
 *
 * <p>The attestation key follows from a fixed template, so it is the same for the life of the TPM's
 * endorsement seed. It is made persistent once, and a quote then costs milliseconds.
 */
public final class TpmAttester implements AutoCloseable {
  /** Where the attestation key is kept: a handle of the range for endorsement primary keys. */
  public static final int ATTESTATION_KEY_HANDLE = 0x81014846;

  private static final Logger LOG = LoggerFactory.getLogger(TpmAttester.class);
  private static final int HANDLE_UNKNOWN = 0x18b;
  private static final int NV_READ_BYTES = 512;
  private static final int CERTIFICATE_BYTES_MAX = 8 * 1024;
  private static final int PCRS_PER_READ = 8;
  private static final int QUOTE_ATTEMPTS = 5;
  private static final byte[] NOTHING = {};

  private final TpmConnection connection;
  private final EndorsementKey endorsementKey;
  private final Bytes attestationKey;
  private final SecureRandom random = new SecureRandom();

  private TpmAttester(
      TpmConnection connection, EndorsementKey endorsementKey, Bytes attestationKey) {
    this.connection = connection;
    this.endorsementKey = endorsementKey;
    this.attestationKey = attestationKey;
  }

  /** Opens the TPM with the first endorsement key that has a certificate. */
  public static TpmAttester open(TpmAddress address) throws TpmFailure {
    return open(address, List.of(EkKind.values()));
  }

  /**
   * Opens the TPM and makes the attestation key if it is not there.
   *
   * @param kinds endorsement keys, the one preferred first; the first with a certificate is taken
   */
  public static TpmAttester open(TpmAddress address, List<EkKind> kinds) throws TpmFailure {
    var connection = new TpmConnection(address);
    try {
      return new TpmAttester(
          connection, findEndorsementKey(connection, kinds), provideAttestationKey(connection));
    } catch (TpmFailure e) {
      connection.close();
      throw e;
    }
  }

  /** The endorsement key. */
  public EndorsementKey endorsementKey() {
    return endorsementKey;
  }

  /** TPMT_PUBLIC of the attestation key. */
  public Bytes attestationKey() {
    return attestationKey;
  }

  private static EndorsementKey findEndorsementKey(TpmConnection connection, List<EkKind> kinds)
      throws TpmFailure {
    for (EkKind kind : kinds) {
      try {
        Bytes certificate =
            connection.use(
                "read its endorsement certificate",
                (tpm, _) -> trimDer(readNv(tpm, kind.certificateIndex())));
        Bytes publicArea = endorsementPublic(connection, kind);
        return new EndorsementKey(kind, publicArea, certificate);
      } catch (TpmFailure e) {
        if (!isUnknownHandle(e)) {
          throw e;
        }
      }
    }
    throw new TpmFailure(
        "the TPM at "
            + connection
            + " has no endorsement certificate at NV 0x01C00002 or 0x01C00016; have its maker's"
            + " certificate written there",
        (Throwable) null);
  }

  private static Bytes endorsementPublic(TpmConnection connection, EkKind kind) throws TpmFailure {
    try {
      return connection.use(
          "read its endorsement key",
          (tpm, _) ->
              Bytes.of(
                  tpm.ReadPublic(new TPM_HANDLE(kind.persistentHandle())).outPublic.toBytes()));
    } catch (TpmFailure e) {
      if (!isUnknownHandle(e)) {
        throw e;
      }
      return derivedEndorsementPublic(connection, kind);
    }
  }

  /** The endorsement key as derived from its template, which takes an RSA key's time. */
  static Bytes derivedEndorsementPublic(TpmConnection connection, EkKind kind) throws TpmFailure {
    return connection.use(
        "make its endorsement key",
        (tpm, _) -> {
          var made = createPrimary(tpm, KeyTemplates.endorsementKey(kind));
          tpm.FlushContext(made.handle);
          return Bytes.of(made.outPublic.toBytes());
        });
  }

  private static tss.tpm.CreatePrimaryResponse createPrimary(Tpm tpm, TPMT_PUBLIC template) {
    return tpm.CreatePrimary(
        endorsement(),
        new TPMS_SENSITIVE_CREATE(NOTHING, NOTHING),
        template,
        NOTHING,
        new TPMS_PCR_SELECTION[0]);
  }

  private static Bytes provideAttestationKey(TpmConnection connection) throws TpmFailure {
    TPMT_PUBLIC key;
    try {
      key = connection.use("read its attestation key", (tpm, _) -> readAttestationKey(tpm));
    } catch (TpmFailure e) {
      if (!isUnknownHandle(e)) {
        throw e;
      }
      key =
          connection.use(
              "make an attestation key and keep it at 0x"
                  + Integer.toHexString(ATTESTATION_KEY_HANDLE)
                  + " (owner and endorsement authorisation must be empty)",
              (tpm, _) -> {
                var made = createPrimary(tpm, KeyTemplates.attestationKey());
                try {
                  tpm.EvictControl(owner(), made.handle, new TPM_HANDLE(ATTESTATION_KEY_HANDLE));
                } finally {
                  tpm.FlushContext(made.handle);
                }
                return readAttestationKey(tpm);
              });
    }
    requireTemplate(connection, key);
    return Bytes.of(key.toBytes());
  }

  private static TPMT_PUBLIC readAttestationKey(Tpm tpm) {
    return tpm.ReadPublic(new TPM_HANDLE(ATTESTATION_KEY_HANDLE)).outPublic;
  }

  /** Somebody else's key at our handle must not be taken for ours. */
  private static void requireTemplate(TpmConnection connection, TPMT_PUBLIC key) throws TpmFailure {
    TPMT_PUBLIC expected = KeyTemplates.attestationKey();
    if (key.unique instanceof TPMS_ECC_POINT && key.parameters instanceof TPMS_ECC_PARMS) {
      expected.unique = key.unique;
    }
    if (!Arrays.equals(expected.toBytes(), key.toBytes())) {
      throw new TpmFailure(
          "the TPM at "
              + connection
              + " holds another key at 0x"
              + Integer.toHexString(ATTESTATION_KEY_HANDLE)
              + "; remove it with TPM2_EvictControl",
          (Throwable) null);
    }
  }

  /**
   * Shows that endorsement key and attestation key live in this TPM (TPM2_ActivateCredential, TPM
   * 2.0 Part 3, 12.5).
   *
   * @param credentialBlob TPM2B_ID_OBJECT
   * @param encryptedSecret TPM2B_ENCRYPTED_SECRET
   * @return the secret
   */
  public Bytes activateCredential(Bytes credentialBlob, Bytes encryptedSecret) throws TpmFailure {
    TPMS_ID_OBJECT blob = idObject(credentialBlob);
    byte[] secret = sized(encryptedSecret, "encrypted secret");
    return connection.use(
        "activate the credential",
        (tpm, _) -> {
          TPM_HANDLE key = loadedEndorsementKey(tpm);
          TPM_HANDLE session = null;
          try {
            session = startPolicySession(tpm);
            tpm._withSessions(TPM_HANDLE.pwSession(NOTHING), session);
            byte[] activated =
                tpm.ActivateCredential(new TPM_HANDLE(ATTESTATION_KEY_HANDLE), key, blob, secret);
            return Bytes.of(activated);
          } finally {
            flush(tpm, session, key);
          }
        });
  }

  private static void flush(Tpm tpm, @Nullable TPM_HANDLE... handles) {
    for (TPM_HANDLE handle : handles) {
      if (handle != null && handle.handle >>> 24 != 0x81) {
        try {
          // A fresh object: a command that was refused leaves its sessions in the old one.
          var clean = new Tpm();
          clean._setDevice(tpm._getDevice());
          clean.FlushContext(handle);
        } catch (CommandChannel.Refusal e) {
          LOG.debug("handle 0x{} went with its command", Integer.toHexString(handle.handle));
        }
      }
    }
  }

  private TPM_HANDLE loadedEndorsementKey(Tpm tpm) {
    var persistent = new TPM_HANDLE(endorsementKey.kind().persistentHandle());
    try {
      tpm.ReadPublic(persistent);
      return persistent;
    } catch (CommandChannel.Refusal e) {
      if (e.code() != HANDLE_UNKNOWN) {
        throw e;
      }
    }
    return createPrimary(tpm, KeyTemplates.endorsementKey(endorsementKey.kind())).handle;
  }

  private TPM_HANDLE startPolicySession(Tpm tpm) {
    TPM_ALG_ID hash =
        switch (endorsementKey.kind()) {
          case RSA_2048 -> TPM_ALG_ID.SHA256;
          case ECC_P384 -> TPM_ALG_ID.SHA384;
        };
    var nonce = new byte[32];
    random.nextBytes(nonce);
    var started =
        tpm.StartAuthSession(
            TPM_HANDLE.NULL,
            TPM_HANDLE.NULL,
            nonce,
            NOTHING,
            TPM_SE.POLICY,
            new TPMT_SYM_DEF(TPM_ALG_ID.NULL, 0, TPM_ALG_ID.NULL),
            hash);
    tpm.PolicySecret(endorsement(), started.handle, NOTHING, NOTHING, NOTHING, 0);
    if (endorsementKey.kind() == EkKind.ECC_P384) {
      tpm.PolicyOR(
          started.handle,
          Arrays.stream(KeyTemplates.eccPolicyBranches())
              .map(TPM2B_DIGEST::new)
              .toArray(TPM2B_DIGEST[]::new));
    }
    return started.handle;
  }

  /**
   * Quotes registers (TPM2_Quote, TPM 2.0 Part 3, 18.4). Registers that change meanwhile are read
   * again, so that values and signature agree.
   *
   * @param qualifyingData what the quote binds, at most 64 bytes
   * @param selections at most one for each bank
   */
  public SignedQuote quote(Bytes qualifyingData, List<PcrSelection> selections) throws TpmFailure {
    return connection.use(
        "quote " + selections,
        (tpm, channel) -> {
          for (int attempt = 1; attempt <= QUOTE_ATTEMPTS; attempt++) {
            SortedMap<Pcr, Bytes> registers = new TreeMap<>();
            List<Bytes> ordered = readRegisters(tpm, selections, registers);
            tpm.Quote(
                new TPM_HANDLE(ATTESTATION_KEY_HANDLE),
                qualifyingData.toByteArray(),
                new TPMS_NULL_SIG_SCHEME(),
                selections.stream().map(TpmAttester::selection).toArray(TPMS_PCR_SELECTION[]::new));
            SignedQuote quote = signedQuote(channel.response(), registers);
            if (endsWith(quote.attest(), PcrBank.SHA256.hash(ordered.toArray(Bytes[]::new)))) {
              return quote;
            }
          }
          throw new TpmFailure(
              "the registers of the TPM at "
                  + connection
                  + " changed during each of "
                  + QUOTE_ATTEMPTS
                  + " quotes",
              (Throwable) null);
        });
  }

  private static List<Bytes> readRegisters(
      Tpm tpm, List<PcrSelection> selections, SortedMap<Pcr, Bytes> registers) throws TpmFailure {
    List<Bytes> ordered = new ArrayList<>();
    for (PcrSelection selection : selections) {
      List<Integer> indexes = selection.indexes();
      for (int from = 0; from < indexes.size(); from += PCRS_PER_READ) {
        List<Integer> part = indexes.subList(from, Math.min(from + PCRS_PER_READ, indexes.size()));
        var read =
            tpm.PCR_Read(
                new TPMS_PCR_SELECTION[] {selection(new PcrSelection(selection.bank(), part))});
        if (read.pcrValues.length != part.size()) {
          throw new TpmFailure(
              "the TPM has no bank "
                  + selection.bank().label()
                  + " with registers "
                  + part
                  + "; have the firmware activate it, or ask for another bank",
              (Throwable) null);
        }
        for (int i = 0; i < part.size(); i++) {
          Bytes value = Bytes.of(read.pcrValues[i].buffer);
          registers.put(new Pcr(selection.bank(), part.get(i)), value);
          ordered.add(value);
        }
      }
    }
    return ordered;
  }

  private static TPMS_PCR_SELECTION selection(PcrSelection selection) {
    var bits = new byte[Pcr.COUNT / Byte.SIZE];
    for (int index : selection.indexes()) {
      bits[index / Byte.SIZE] |= (byte) (1 << index % Byte.SIZE);
    }
    return new TPMS_PCR_SELECTION(TPM_ALG_ID.fromInt(selection.bank().algorithm()), bits);
  }

  /** Takes the parameters as the TPM sent them: what was signed must not be marshalled again. */
  private static SignedQuote signedQuote(byte[] response, SortedMap<Pcr, Bytes> registers)
      throws TpmFailure {
    ByteBuffer in = ByteBuffer.wrap(response).position(10);
    try {
      int end = 14 + in.getInt();
      int attestLength = in.getShort() & 0xffff;
      int attestStart = in.position();
      Bytes attest = Bytes.copyOf(response, attestStart, attestStart + attestLength);
      if (attestStart + attestLength >= end || end > response.length) {
        throw new TpmFailure("the TPM's quote ends before its signature", (Throwable) null);
      }
      return new SignedQuote(
          attest, Bytes.copyOf(response, attestStart + attestLength, end), registers);
    } catch (java.nio.BufferUnderflowException | IllegalArgumentException e) {
      throw new TpmFailure("the TPM's quote is cut short", e);
    }
  }

  /** TPMS_QUOTE_INFO is the last part of TPMS_ATTEST, and the digest the last part of that. */
  private static boolean endsWith(Bytes attest, Bytes digest) {
    int start = attest.length() - digest.length();
    return start >= 2
        && attest.at(start - 2) == 0
        && attest.at(start - 1) == digest.length()
        && attest.slice(start, attest.length()).equals(digest);
  }

  private static byte[] readNv(Tpm tpm, int index) throws TpmFailure {
    var handle = new TPM_HANDLE(index);
    int size = tpm.NV_ReadPublic(handle).nvPublic.dataSize;
    if (size > CERTIFICATE_BYTES_MAX) {
      throw new TpmFailure("an endorsement certificate has at most 8 KiB", (Throwable) null);
    }
    var content = new byte[size];
    for (int at = 0; at < size; at += NV_READ_BYTES) {
      byte[] part = tpm.NV_Read(handle, handle, Math.min(NV_READ_BYTES, size - at), at);
      System.arraycopy(part, 0, content, at, part.length);
    }
    return content;
  }

  /** The first DER element: NV memory may hold padding behind it. */
  static Bytes trimDer(byte[] content) throws TpmFailure {
    if (content.length < 4 || content[0] != 0x30 || content[1] != (byte) 0x82) {
      throw new TpmFailure(
          "NV memory holds no X.509 certificate where the endorsement certificate should be",
          (Throwable) null);
    }
    int length = 4 + (((content[2] & 0xff) << 8) | (content[3] & 0xff));
    if (length > content.length) {
      throw new TpmFailure("the endorsement certificate is cut short", (Throwable) null);
    }
    return Bytes.copyOf(content, 0, length);
  }

  /** TPM2B_ID_OBJECT: the second part carries its own, encrypted size. */
  static TPMS_ID_OBJECT idObject(Bytes blob) throws TpmFailure {
    byte[] content = sized(blob, "credential blob");
    if (content.length < 2) {
      throw new TpmFailure("the credential blob is cut short", (Throwable) null);
    }
    int hmacLength = ((content[0] & 0xff) << 8) | (content[1] & 0xff);
    if (2 + hmacLength > content.length) {
      throw new TpmFailure("the credential blob is cut short", (Throwable) null);
    }
    return new TPMS_ID_OBJECT(
        Arrays.copyOfRange(content, 2, 2 + hmacLength),
        Arrays.copyOfRange(content, 2 + hmacLength, content.length));
  }

  private static byte[] sized(Bytes structure, String what) throws TpmFailure {
    int length = structure.length();
    if (length < 2 || length > 2048 || ((structure.at(0) << 8) | structure.at(1)) != length - 2) {
      throw new TpmFailure("the " + what + " does not begin with its own length", (Throwable) null);
    }
    return structure.slice(2, length).toByteArray();
  }

  private static TPM_HANDLE endorsement() {
    return TPM_HANDLE.from(tss.tpm.TPM_RH.ENDORSEMENT);
  }

  private static TPM_HANDLE owner() {
    return TPM_HANDLE.from(tss.tpm.TPM_RH.OWNER);
  }

  private static boolean isUnknownHandle(TpmFailure failure) {
    return failure.responseCode().filter(code -> code == HANDLE_UNKNOWN).isPresent();
  }

  @Override
  public void close() {
    connection.close();
  }
}
