package dev.holdfast.store.seal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.protobuf.ByteString;
import dev.holdfast.peers.LocalProcess;
import dev.holdfast.peers.SoftHsm;
import dev.holdfast.store.kv.Key;
import dev.holdfast.store.seal.KeyFailure.Reason;
import dev.holdfast.store.seal.KeyProvider.Wrapped;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.AuthProvider;
import java.security.KeyStore;
import java.security.Provider;
import java.security.SecureRandom;
import java.security.Security;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import javax.crypto.KeyGenerator;
import javax.crypto.SecretKey;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class Pkcs11KeyProviderTest {
  private static final String PIN = "271828";
  private static final Instant NOW = Instant.parse("2026-03-02T12:00:00Z");
  private static final byte[] CONTEXT = "a context".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] KEY =
      "0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
  private static Optional<SoftHsm> softHsm = Optional.empty();

  @TempDir private Path folder = Path.of("");

  /** Labels are never used twice: what the tests make stays in the token. */
  private final String label = "test-" + UUID.randomUUID();

  private final SecureRandom random = new SecureRandom();

  @BeforeAll
  static void makeTokens() {
    assumeTrue(SoftHsm.installed(), "SoftHSM is not installed: ops/install-packages test");
    String configuration = System.getenv(SoftHsm.VARIABLE);
    assumeTrue(configuration != null, SoftHsm.VARIABLE + " is not set");
    SoftHsm fresh = SoftHsm.empty(Path.of(String.valueOf(configuration)));
    fresh.makeToken("another", "314159");
    fresh.makeToken("holdfast", PIN);
    fresh.makeToken("third", "314159");
    softHsm = Optional.of(fresh);
  }

  @BeforeEach
  void writePin() throws IOException {
    writePin(PIN + "\n");
  }

  private void writePin(String pin) throws IOException {
    Path file = Files.writeString(folder.resolve("pin"), pin);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }

  private Pkcs11Token token() {
    return new Pkcs11Token(
        softHsm.orElseThrow().library(),
        new Pkcs11Token.Slot.Label("holdfast"),
        folder.resolve("pin"),
        label);
  }

  private Pkcs11KeyProvider open() {
    return Pkcs11KeyProvider.open(token(), random);
  }

  private KeyFailure refused(Pkcs11Token token) {
    return assertThrows(KeyFailure.class, () -> Pkcs11KeyProvider.open(token, random).close());
  }

  @Test
  void aKeyIsMadeInTheTokenOnceAndFoundAgain() {
    Wrapped wrapped;
    try (Pkcs11KeyProvider provider = open()) {
      assertTrue(provider.wrappingKeyId().startsWith(label + "-1-"), provider.wrappingKeyId());
      wrapped = provider.wrap(KEY, CONTEXT);
      assertEquals(provider.wrappingKeyId(), wrapped.wrappingKeyId());
      assertNotEquals(wrapped, provider.wrap(KEY, CONTEXT));
    }
    try (Pkcs11KeyProvider again = open()) {
      assertEquals(wrapped.wrappingKeyId(), again.wrappingKeyId());
      assertArrayEquals(KEY, again.unwrap(wrapped, CONTEXT));
    }
  }

  @Test
  void whatIsWrappedUnwrapsUnchangedForItsContextOnly() {
    try (Pkcs11KeyProvider provider = open()) {
      Wrapped wrapped = provider.wrap(KEY, CONTEXT);
      byte[] bytes = wrapped.bytes().toByteArray();
      for (int at = 0; at < bytes.length; at++) {
        byte[] changed = bytes.clone();
        changed[at] ^= 1;
        Wrapped broken = new Wrapped(wrapped.wrappingKeyId(), ByteString.copyFrom(changed));
        assertEquals(
            Reason.DATA_KEY_BROKEN,
            assertThrows(KeyFailure.class, () -> provider.unwrap(broken, CONTEXT)).reason());
      }
      assertThrows(KeyFailure.class, () -> provider.unwrap(wrapped, new byte[0]));
      assertArrayEquals(KEY, provider.unwrap(wrapped, CONTEXT), "and it goes on working");
    }
  }

  @Test
  void theTokenIsNotInstalledForTheWholeProcess() {
    try (Pkcs11KeyProvider provider = open()) {
      assertFalse(provider.wrappingKeyId().isEmpty());
      assertEquals(
          0,
          List.of(Security.getProviders()).stream()
              .filter(p -> p.getName().contains("Holdfast"))
              .count());
    }
  }

  @Test
  void aKeyThatCanBeTakenOutOfTheTokenIsNotUsed() throws Exception {
    open().close();
    String careless =
        """
        --name = Careless
        library = %s
        slot = %d
        attributes(generate, CKO_SECRET_KEY, CKK_AES) = {
          CKA_TOKEN = true
          CKA_SENSITIVE = false
          CKA_EXTRACTABLE = true
        }
        """
            .formatted(
                token().library(),
                TokenSlots.withLabel(token().library(), "holdfast").orElseThrow());
    Provider provider = Security.getProvider("SunPKCS11").configure(careless);
    KeyStore store = KeyStore.getInstance("PKCS11", provider);
    store.load(null, PIN.toCharArray());
    SecretKey key = KeyGenerator.getInstance("AES", provider).generateKey();
    store.setEntry(label + "-2-00000000", new KeyStore.SecretKeyEntry(key), null);
    ((AuthProvider) provider).logout();
    assertEquals(Reason.KEY_EXTRACTABLE, refused(token()).reason());
  }

  @Test
  void aRotatedTokenStillUnwrapsWhatTheOldKeyWrapped() {
    try (Pkcs11KeyProvider provider = open()) {
      Wrapped before = provider.wrap(KEY, CONTEXT);
      String present = provider.rotate();
      assertTrue(present.startsWith(label + "-2-"), present);
      assertEquals(present, provider.wrap(KEY, CONTEXT).wrappingKeyId());
      assertArrayEquals(KEY, provider.unwrap(before, CONTEXT));
      DataKeys ring = DataKeys.create(provider, random, NOW);
      ByteString sealed = ring.sealer().seal(Key.of("a"), 1, ByteString.EMPTY);
      provider.rotate();
      assertFalse(ring.wrappedBy(provider));
      DataKeys rewrapped = DataKeys.open(provider, ring.rewrapped(provider).stored());
      assertTrue(rewrapped.wrappedBy(provider));
      assertEquals(
          new Opened.Plain(1, ByteString.EMPTY, 1), rewrapped.sealer().open(Key.of("a"), sealed));
    }
  }

  @Test
  void aWrongPinIsRefusedAfterOneTryWhichDoesNotLockTheToken() throws IOException {
    writePin("000000");
    KeyFailure failure = refused(token());
    assertEquals(Reason.PIN_REFUSED, failure.reason());
    String said = String.valueOf(failure.getMessage());
    assertTrue(said.contains("tried once") && !said.contains("000000"), said);
    writePin(PIN);
    open().close();
  }

  @Test
  void f10_aPinThatOthersCanReadIsRefusedBeforeItIsTried() throws IOException {
    Files.setPosixFilePermissions(
        folder.resolve("pin"), PosixFilePermissions.fromString("rw-r--r--"));
    assertEquals(Reason.FILE_EXPOSED, refused(token()).reason());
  }

  @Test
  void aTokenOrLibraryThatIsNotThereIsSaidSo() throws IOException {
    Pkcs11Token there = token();
    var noToken =
        new Pkcs11Token(
            there.library(), new Pkcs11Token.Slot.Label("nowhere"), there.pinFile(), label);
    KeyFailure failure = refused(noToken);
    assertEquals(Reason.TOKEN_UNUSABLE, failure.reason());
    assertTrue(String.valueOf(failure.getMessage()).contains("nowhere"), failure.toString());
    var noLibrary =
        new Pkcs11Token(Path.of("/nowhere/lib.so"), there.slot(), there.pinFile(), label);
    assertEquals(Reason.TOKEN_UNUSABLE, refused(noLibrary).reason());
    var noSlot =
        new Pkcs11Token(there.library(), new Pkcs11Token.Slot.Place(63), there.pinFile(), label);
    assertEquals(Reason.TOKEN_UNUSABLE, refused(noSlot).reason());
    Path noLibraryAtAll = Files.writeString(folder.resolve("lib.so"), "not one");
    assertEquals(
        Reason.TOKEN_UNUSABLE,
        refused(new Pkcs11Token(noLibraryAtAll, there.slot(), there.pinFile(), label)).reason());
  }

  @Test
  void aKeyThatIsGoneFromTheTokenIsMissedByItsName() {
    byte[] stored;
    String id;
    try (Pkcs11KeyProvider provider = open()) {
      stored = DataKeys.create(provider, random, NOW).stored();
      id = provider.wrappingKeyId();
    }
    Pkcs11Token there = token();
    var replaced =
        new Pkcs11Token(
            there.library(), there.slot(), there.pinFile(), "test-" + UUID.randomUUID());
    try (Pkcs11KeyProvider other = Pkcs11KeyProvider.open(replaced, random)) {
      KeyFailure failure = assertThrows(KeyFailure.class, () -> DataKeys.open(other, stored));
      assertEquals(Reason.WRAPPING_KEY_MISSING, failure.reason());
      assertTrue(String.valueOf(failure.getMessage()).contains(id), failure.toString());
    }
  }

  @Test
  void anotherProcessOpensWhatThisOneWrapped() throws IOException {
    byte[] stored;
    String id;
    try (Pkcs11KeyProvider provider = open()) {
      DataKeys ring = DataKeys.create(provider, random, NOW).rotated(provider, random, NOW);
      provider.rotate();
      stored = ring.stored();
      id = provider.wrappingKeyId();
    }
    assertEquals("opened DataKeys[DataKey[1], DataKey[2]] under " + id, elsewhere(stored));
    stored[stored.length - 1] ^= 1;
    assertTrue(elsewhere(stored).startsWith("refused: RING_BROKEN"));
    writePin("000000");
    assertTrue(elsewhere(stored).startsWith("refused: PIN_REFUSED"));
  }

  private String elsewhere(byte[] ring) throws IOException {
    Path log = folder.resolve("log");
    Files.deleteIfExists(log);
    Pkcs11Token there = token();
    LocalProcess process =
        LocalProcess.start(
            "another process",
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                OpenToken.class.getName(),
                there.library().toString(),
                "holdfast",
                there.pinFile().toString(),
                label,
                HexFormat.of().formatHex(ring)),
            softHsm.orElseThrow().environment(),
            log);
    assertEquals(0, process.awaitExit(Duration.ofSeconds(60)), process.logTail());
    return process.logTail().strip();
  }
}
