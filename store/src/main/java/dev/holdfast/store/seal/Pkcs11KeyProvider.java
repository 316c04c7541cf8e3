package dev.holdfast.store.seal;

import dev.holdfast.store.seal.KeyFailure.Reason;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.AuthProvider;
import java.security.GeneralSecurityException;
import java.security.InvalidParameterException;
import java.security.Key;
import java.security.KeyStore;
import java.security.Provider;
import java.security.ProviderException;
import java.security.SecureRandom;
import java.security.Security;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.KeyGenerator;
import javax.crypto.SecretKey;
import javax.security.auth.login.LoginException;

/**
 * Wrapping keys that never leave a PKCS #11 token: AES-256, made in it, which wrap by CKM_AES_GCM
 * there. The id of a key is its label, {@code keyLabel-n-r} with eight random digits r; that with
 * the highest n wraps.
 *
 * <p>The PIN is tried once, when the provider is opened, and not kept. A process opens one provider
 * for each token: closing it logs out of the token.
 */
public final class Pkcs11KeyProvider implements KeyProvider {
  /** How often a label can be rotated. */
  public static final int NUMBER_MAX = 999;

  private static final int PIN_BYTES_MAX = 256;
  private static final int KEY_BITS = 256;
  private static final Comparator<Id> OLDEST_FIRST =
      Comparator.comparingInt(Id::number).thenComparing(Id::label);

  private final Pkcs11Token token;
  private final AuthProvider provider;
  private final KeyStore store;
  private final SecureRandom random;
  private volatile WrappingKeys keys;

  private Pkcs11KeyProvider(
      Pkcs11Token token, AuthProvider provider, KeyStore store, SecureRandom random)
      throws GeneralSecurityException, IOException {
    this.token = token;
    this.provider = provider;
    this.store = store;
    this.random = random;
    if (ids().isEmpty()) {
      make();
    }
    this.keys = found();
  }

  /**
   * Logs in to the token, and makes the first key where there is none of its label.
   *
   * @throws KeyFailure TOKEN_UNUSABLE, PIN_REFUSED, KEY_EXTRACTABLE, or FILE_EXPOSED and
   *     FILE_UNUSABLE of the PIN's file
   */
  public static Pkcs11KeyProvider open(Pkcs11Token token, SecureRandom random) {
    char[] pin = pin(token);
    try {
      AuthProvider provider = provider(token);
      KeyStore store = KeyStore.getInstance("PKCS11", provider);
      login(token, store, pin);
      try {
        return new Pkcs11KeyProvider(token, provider, store, random);
      } catch (GeneralSecurityException | IOException | RuntimeException e) {
        provider.logout();
        throw e;
      }
    } catch (GeneralSecurityException | IOException | ProviderException e) {
      throw unusable(token, e);
    } finally {
      Arrays.fill(pin, ' ');
    }
  }

  private static char[] pin(Pkcs11Token token) {
    byte[] content = PrivateFile.read(token.pinFile(), PIN_BYTES_MAX);
    return new String(content, StandardCharsets.UTF_8).strip().toCharArray();
  }

  private static AuthProvider provider(Pkcs11Token token) {
    return switch (token.slot()) {
      case Pkcs11Token.Slot.Place(int place) -> configured(token, "slotListIndex = " + place);
      case Pkcs11Token.Slot.Label(String label) -> {
        // The library must be initialised before it can be asked, which any slot does.
        configured(token, "slotListIndex = 0");
        OptionalLong slot = TokenSlots.withLabel(token.library(), label);
        if (slot.isEmpty()) {
          throw new KeyFailure(
              Reason.TOKEN_UNUSABLE,
              "no token of %s has the label %s".formatted(token.library(), label));
        }
        yield configured(token, "slot = " + slot.getAsLong());
      }
    };
  }

  private static AuthProvider configured(Pkcs11Token token, String slot) {
    String text =
        """
        --name = Holdfast
        library = %s
        %s
        attributes(generate, CKO_SECRET_KEY, CKK_AES) = {
          CKA_TOKEN = true
          CKA_PRIVATE = true
          CKA_SENSITIVE = true
          CKA_EXTRACTABLE = false
          CKA_ENCRYPT = true
          CKA_DECRYPT = true
        }
        """
            .formatted(token.library(), slot);
    Provider plain = Security.getProvider("SunPKCS11");
    try {
      if (plain != null && plain.configure(text) instanceof AuthProvider provider) {
        return provider;
      }
    } catch (InvalidParameterException | ProviderException e) {
      throw unusable(token, e);
    }
    throw new KeyFailure(Reason.TOKEN_UNUSABLE, "this JDK has no SunPKCS11 provider");
  }

  /** Once: a token locks itself after a few wrong PINs. */
  private static void login(Pkcs11Token token, KeyStore store, char[] pin)
      throws GeneralSecurityException, IOException {
    try {
      store.load(null, pin);
    } catch (IOException e) {
      for (Throwable why = e; why != null; why = why.getCause()) {
        if (why instanceof LoginException || String.valueOf(why.getMessage()).contains("CKR_PIN")) {
          throw new KeyFailure(
              Reason.PIN_REFUSED,
              ("the token does not take the PIN in %s. It was tried once and will not be tried"
                      + " again: correct the file before the token locks itself.")
                  .formatted(token.pinFile()),
              e);
        }
      }
      throw e;
    }
  }

  private static KeyFailure unusable(Pkcs11Token token, Exception e) {
    return new KeyFailure(
        Reason.TOKEN_UNUSABLE,
        "the token in %s cannot be used: %s".formatted(token.library(), words(e)),
        e);
  }

  /** What the library itself said, which is the last of the causes. */
  private static String words(Throwable e) {
    Throwable last = e;
    while (last.getCause() != null) {
      last = last.getCause();
    }
    return String.valueOf(last.getMessage());
  }

  /** What a key is called. */
  private record Id(String label, int number) {}

  /** The labels of our keys, as of the last load of the store, oldest first. */
  private List<Id> ids() throws GeneralSecurityException {
    Pattern ours = Pattern.compile(Pattern.quote(token.keyLabel()) + "-([0-9]{1,3})-[0-9a-f]{8}");
    return Collections.list(store.aliases()).stream()
        .map(ours::matcher)
        .filter(Matcher::matches)
        .map(found -> new Id(found.group(), Integer.parseInt(found.group(1))))
        .sorted(OLDEST_FIRST)
        .toList();
  }

  private void make() throws GeneralSecurityException, IOException {
    List<Id> before = ids();
    int number = before.isEmpty() ? 1 : before.getLast().number() + 1;
    if (number > NUMBER_MAX) {
      throw new KeyFailure(
          Reason.TOKEN_UNUSABLE,
          "key %d of a label is the last there may be. Choose another label."
              .formatted(NUMBER_MAX));
    }
    // Drawn at random, so that a key made in place of a lost one is not taken for it.
    String label = "%s-%d-%08x".formatted(token.keyLabel(), number, random.nextInt());
    KeyGenerator generator = KeyGenerator.getInstance("AES", provider);
    generator.init(KEY_BITS);
    store.setEntry(label, new KeyStore.SecretKeyEntry(generator.generateKey()), null);
  }

  private WrappingKeys found() throws GeneralSecurityException, IOException {
    // What it lists is as old as the last load; logged in, that needs no PIN.
    store.load(null, null);
    List<Id> ids = ids();
    if (ids.isEmpty()) {
      throw new KeyFailure(
          Reason.WRAPPING_KEY_MISSING, "no key %s is in the token".formatted(token.keyLabel()));
    }
    Map<String, GcmKey> byId = new HashMap<>();
    for (Id id : ids) {
      Key key = store.getKey(id.label(), null);
      if (!(key instanceof SecretKey secret) || key.getEncoded() != null) {
        throw new KeyFailure(
            Reason.KEY_EXTRACTABLE,
            ("key %s can be taken out of the token, so it was not made in it. Remove it, or choose"
                    + " another label.")
                .formatted(id.label()));
      }
      byId.put(id.label(), new GcmKey(secret, provider, random));
    }
    return new WrappingKeys(byId, ids.getLast().label());
  }

  @Override
  public String wrappingKeyId() {
    return keys.present();
  }

  @Override
  public Wrapped wrap(byte[] dataKey, byte[] context) {
    return keys.wrap(dataKey, context);
  }

  @Override
  public byte[] unwrap(Wrapped wrapped, byte[] context) {
    if (!keys.has(wrapped.wrappingKeyId())) {
      reload();
    }
    return keys.unwrap(wrapped, context);
  }

  @Override
  public synchronized void reload() {
    try {
      keys = found();
    } catch (GeneralSecurityException | IOException | ProviderException e) {
      throw unusable(token, e);
    }
  }

  @Override
  public synchronized String rotate() {
    try {
      reload();
      make();
      reload();
    } catch (GeneralSecurityException | IOException | ProviderException e) {
      throw unusable(token, e);
    }
    return wrappingKeyId();
  }

  @Override
  public void close() {
    try {
      provider.logout();
    } catch (LoginException e) {
      throw unusable(token, e);
    }
  }
}
