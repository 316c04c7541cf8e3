package dev.holdfast.attestation.collateral;

import java.util.Arrays;
import java.util.Optional;

/**
 * What Intel says of a level of a platform, a quoting enclave or a TDX module (PCS API 4,
 * tcbStatus); from good to bad.
 */
public enum TcbStatus {
  /** Nothing is known against it. */
  UP_TO_DATE("UpToDate", 0),
  /** The enclave's own code must take measures against a weakness of the processor. */
  SW_HARDENING_NEEDED("SWHardeningNeeded", TcbStatus.HARDENING),
  /** The platform must be configured otherwise. */
  CONFIGURATION_NEEDED("ConfigurationNeeded", TcbStatus.CONFIGURATION),
  /** Both. */
  CONFIGURATION_AND_SW_HARDENING_NEEDED(
      "ConfigurationAndSWHardeningNeeded", TcbStatus.CONFIGURATION | TcbStatus.HARDENING),
  /**
   * The platform is up to date, and the trust domain was started before it was: only starting it
   * anew brings the updates to it. No collateral says so of a level.
   */
  TD_RELAUNCH_ADVISED("TDRelaunchAdvised", TcbStatus.RELAUNCH),
  /** The same, and the platform must be configured otherwise. */
  TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED(
      "TDRelaunchAdvisedConfigurationNeeded", TcbStatus.RELAUNCH | TcbStatus.CONFIGURATION),
  /** Updates are missing. */
  OUT_OF_DATE("OutOfDate", TcbStatus.OLD),
  /** Updates are missing, and the platform must be configured otherwise. */
  OUT_OF_DATE_CONFIGURATION_NEEDED(
      "OutOfDateConfigurationNeeded", TcbStatus.OLD | TcbStatus.CONFIGURATION),
  /** Not to be trusted at all. */
  REVOKED("Revoked", TcbStatus.LOST);

  private static final int HARDENING = 1;
  private static final int CONFIGURATION = 2;
  private static final int OLD = 4;
  private static final int LOST = 8;
  private static final int RELAUNCH = 16;

  private final String word;
  private final int wants;

  TcbStatus(String word, int wants) {
    this.word = word;
    this.wants = wants;
  }

  /** As collateral writes it: {@code UpToDate}. */
  public String word() {
    return word;
  }

  /** The one written so. */
  public static Optional<TcbStatus> of(String word) {
    return Arrays.stream(values()).filter(status -> status.word.equals(word)).findFirst();
  }

  /** Whether collateral may say it of a level; the others are concluded from several. */
  public boolean isOfLevel() {
    return (wants & RELAUNCH) == 0;
  }

  /**
   * What a trust domain comes to that was started in this state, on a platform that is in another
   * now: to be started anew, if it was out of date and would not be any more (Intel's quote
   * verification library, check for relaunch).
   */
  public TcbStatus onPlatform(TcbStatus now) {
    if ((wants & OLD) == 0 || (now.wants & (OLD | LOST)) != 0) {
      return this;
    }
    return ((wants | now.wants) & CONFIGURATION) != 0
        ? TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED
        : TD_RELAUNCH_ADVISED;
  }

  /**
   * What two parts of one platform come to: all that either wants. Out of date beats hardening, for
   * which there is no common word, as in Intel's library.
   */
  public TcbStatus converge(TcbStatus other) {
    int both = wants | other.wants;
    if ((both & LOST) != 0) {
      return REVOKED;
    }
    if ((both & OLD) != 0) {
      return (both & CONFIGURATION) != 0 ? OUT_OF_DATE_CONFIGURATION_NEEDED : OUT_OF_DATE;
    }
    if ((both & RELAUNCH) != 0) {
      return (both & CONFIGURATION) != 0
          ? TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED
          : TD_RELAUNCH_ADVISED;
    }
    if ((both & CONFIGURATION) != 0) {
      return (both & HARDENING) != 0 ? CONFIGURATION_AND_SW_HARDENING_NEEDED : CONFIGURATION_NEEDED;
    }
    return (both & HARDENING) != 0 ? SW_HARDENING_NEEDED : UP_TO_DATE;
  }
}
