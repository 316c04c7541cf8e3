package dev.holdfast.store.seal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.holdfast.store.seal.KeyFailure.Reason;
import dev.holdfast.store.seal.KeyProvider.Wrapped;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FileKeyProviderTest {
  private static final byte[] CONTEXT = "a context".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] KEY = new byte[32];

  private final SecureRandom random = new SecureRandom();
  private final Path file;
  private final FileKeyProvider provider;

  FileKeyProviderTest(@TempDir Path folder) {
    random.nextBytes(KEY);
    file = folder.resolve("keys/wrapping.keys");
    provider = FileKeyProvider.open(file, random);
  }

  private KeyFailure refused() {
    return assertThrows(KeyFailure.class, () -> FileKeyProvider.open(file, random));
  }

  private static void allow(Path path, String permissions) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
  }

  @Test
  void theFileIsMadeForItsOwnerAloneAndFoundAgain() throws IOException {
    Path keys = file.resolveSibling("");
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(keys)));
    Wrapped wrapped = provider.wrap(KEY, CONTEXT);
    FileKeyProvider again = FileKeyProvider.open(file, random);
    assertEquals(provider.wrappingKeyId(), again.wrappingKeyId());
    assertArrayEquals(KEY, again.unwrap(wrapped, CONTEXT));
    try (var left = Files.list(keys)) {
      assertEquals(List.of(file), left.toList(), "nothing half-written is left");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"rw-r-----", "rw----r--", "rw--w----", "rwx-----x"})
  void f10_aKeyFileThatOthersCanReachIsRefused(String permissions) throws IOException {
    allow(file, permissions);
    KeyFailure failure = refused();
    assertEquals(Reason.FILE_EXPOSED, failure.reason());
    String said = String.valueOf(failure.getMessage());
    assertTrue(said.contains(permissions) && said.contains("chmod 600"), said);
  }

  @ParameterizedTest
  @ValueSource(strings = {"rwxr-x---", "rwx---r--", "rwx-w----"})
  void f10_aFolderOfKeysThatOthersCanReachIsRefused(String permissions) throws IOException {
    allow(file.resolveSibling(""), permissions);
    KeyFailure failure = refused();
    assertEquals(Reason.FILE_EXPOSED, failure.reason());
    assertTrue(String.valueOf(failure.getMessage()).contains("chmod 700"), failure.toString());
  }

  @Test
  void whatIsWrappedUnwrapsForItsContextOnly() {
    Wrapped wrapped = provider.wrap(KEY, CONTEXT);
    assertArrayEquals(KEY, provider.unwrap(wrapped, CONTEXT));
    KeyFailure failure =
        assertThrows(KeyFailure.class, () -> provider.unwrap(wrapped, new byte[] {1}));
    assertEquals(Reason.DATA_KEY_BROKEN, failure.reason());
    byte[] bytes = wrapped.bytes().toByteArray();
    for (int bit = 0; bit < 8 * bytes.length; bit++) {
      byte[] changed = bytes.clone();
      changed[bit / 8] ^= (byte) (1 << bit % 8);
      Wrapped broken = new Wrapped(wrapped.wrappingKeyId(), ByteString.copyFrom(changed));
      assertThrows(KeyFailure.class, () -> provider.unwrap(broken, CONTEXT));
    }
  }

  @Test
  void aRotatedFileStillUnwrapsWhatTheOldKeyWrapped() {
    Wrapped before = provider.wrap(KEY, CONTEXT);
    String present = provider.rotate();
    assertNotEquals(before.wrappingKeyId(), present);
    Wrapped after = provider.wrap(KEY, CONTEXT);
    assertEquals(present, after.wrappingKeyId());
    FileKeyProvider again = FileKeyProvider.open(file, random);
    assertEquals(present, again.wrappingKeyId());
    assertArrayEquals(KEY, again.unwrap(before, CONTEXT));
    assertArrayEquals(KEY, again.unwrap(after, CONTEXT));
  }

  @Test
  void aKeyThatAnotherReplicaAddedIsFoundWithoutARestart() {
    FileKeyProvider replica = FileKeyProvider.open(file, random);
    provider.rotate();
    assertArrayEquals(KEY, replica.unwrap(provider.wrap(KEY, CONTEXT), CONTEXT));
    String newest = provider.rotate();
    assertNotEquals(newest, replica.wrappingKeyId());
    replica.reload();
    assertEquals(newest, replica.wrappingKeyId());
  }

  @Test
  void aKeyThatIsGoneIsMissedByItsName(@TempDir Path elsewhere) {
    FileKeyProvider other = FileKeyProvider.open(elsewhere.resolve("keys/k"), random);
    Wrapped wrapped = other.wrap(KEY, CONTEXT);
    KeyFailure failure = assertThrows(KeyFailure.class, () -> provider.unwrap(wrapped, CONTEXT));
    assertEquals(Reason.WRAPPING_KEY_MISSING, failure.reason());
    assertTrue(String.valueOf(failure.getMessage()).contains(other.wrappingKeyId()));
  }

  @Test
  void aDamagedFileIsRefusedAndNotReplaced() throws IOException {
    provider.rotate();
    byte[] good = Files.readAllBytes(file);
    for (int at = 0; at < good.length; at++) {
      byte[] damaged = good.clone();
      damaged[at] ^= 1;
      Files.write(file, damaged);
      KeyFailure failure = refused();
      assertEquals(Reason.FILE_UNUSABLE, failure.reason());
      assertFalse(
          String.valueOf(failure.getMessage())
              .contains(new String(good, 17, 8, StandardCharsets.US_ASCII)));
      assertArrayEquals(damaged, Files.readAllBytes(file));
    }
    for (int length : List.of(0, 1, good.length / 2 - 1, good.length - 1)) {
      Files.write(file, Arrays.copyOf(good, length));
      assertEquals(Reason.FILE_UNUSABLE, refused().reason());
    }
  }

  @Test
  void aFileOfKeysDoesNotGrowForEver() {
    for (int keys = 1; keys < FileKeyProvider.KEYS_MAX; keys++) {
      provider.rotate();
    }
    String present = provider.wrappingKeyId();
    assertEquals(Reason.FILE_UNUSABLE, assertThrows(KeyFailure.class, provider::rotate).reason());
    assertEquals(present, FileKeyProvider.open(file, random).wrappingKeyId());
  }
}
