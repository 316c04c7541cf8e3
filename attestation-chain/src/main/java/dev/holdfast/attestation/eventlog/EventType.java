package dev.holdfast.attestation.eventlog;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The kinds of event (TCG PC Client Platform Firmware Profile 1.06, 10.4.1), and whether the digest
 * of each promises to be the hash of the event's data as logged.
 */
public enum EventType {
  /** Reserved; SHA-1 logs of the first PC Client specification use it. */
  EV_PREBOOT_CERT(0x00, false),
  /** Code loaded after power-on; deprecated. */
  EV_POST_CODE(0x01, false),
  /** Reserved. */
  EV_UNUSED(0x02, false),
  /** Informational; never extended. */
  EV_NO_ACTION(0x03, false),
  /** The end of a stage: four bytes of 0 or 0xff, or four that say it failed. */
  EV_SEPARATOR(0x04, true),
  /** A string that is measured itself. */
  EV_ACTION(0x05, true),
  /** A tag with data; who logs it says what is hashed. */
  EV_EVENT_TAG(0x06, false),
  /** The firmware's first code: the data describes what was hashed. */
  EV_S_CRTM_CONTENTS(0x07, false),
  /** The version of the firmware's first code. */
  EV_S_CRTM_VERSION(0x08, true),
  /** Microcode. */
  EV_CPU_MICROCODE(0x09, false),
  /** Platform configuration flags; firmware differs in what it hashes. */
  EV_PLATFORM_CONFIG_FLAGS(0x0a, false),
  /** The contents of a table. */
  EV_TABLE_OF_DEVICES(0x0b, false),
  /** A hash in compact form, of what its text names. */
  EV_COMPACT_HASH(0x0c, false),
  /** Initial program loader code. */
  EV_IPL(0x0d, false),
  /** Initial program loader data. */
  EV_IPL_PARTITION_DATA(0x0e, false),
  /** Code that is not the host's. */
  EV_NONHOST_CODE(0x0f, false),
  /** Its configuration. */
  EV_NONHOST_CONFIG(0x10, false),
  /** What it says of itself. */
  EV_NONHOST_INFO(0x11, false),
  /** Boot devices were left out. */
  EV_OMIT_BOOT_DEVICE_EVENTS(0x12, true),
  /** Code loaded after power-on, with a description. */
  EV_POST_CODE2(0x13, false),
  /** A UEFI variable. */
  EV_EFI_VARIABLE_DRIVER_CONFIG(0x80000001L, true),
  /** A UEFI boot variable; firmware hashes the structure or the variable's data alone. */
  EV_EFI_VARIABLE_BOOT(0x80000002L, false),
  /** A UEFI application. */
  EV_EFI_BOOT_SERVICES_APPLICATION(0x80000003L, false),
  /** A UEFI boot driver. */
  EV_EFI_BOOT_SERVICES_DRIVER(0x80000004L, false),
  /** A UEFI run-time driver. */
  EV_EFI_RUNTIME_SERVICES_DRIVER(0x80000005L, false),
  /** The partition table. */
  EV_EFI_GPT_EVENT(0x80000006L, true),
  /** A string that is measured itself. */
  EV_EFI_ACTION(0x80000007L, true),
  /** A firmware volume: the data describes what was hashed. */
  EV_EFI_PLATFORM_FIRMWARE_BLOB(0x80000008L, false),
  /** Tables: the data says where they lie. */
  EV_EFI_HANDOFF_TABLES(0x80000009L, false),
  /** A firmware volume, with a description. */
  EV_EFI_PLATFORM_FIRMWARE_BLOB2(0x8000000aL, false),
  /** Tables, with a description. */
  EV_EFI_HANDOFF_TABLES2(0x8000000bL, false),
  /** A UEFI boot variable, all of it. */
  EV_EFI_VARIABLE_BOOT2(0x8000000cL, true),
  /** The partition table, all of it. */
  EV_EFI_GPT_EVENT2(0x8000000dL, false),
  /** Measured by hardware before the host ran. */
  EV_EFI_HCRTM_EVENT(0x80000010L, false),
  /** The certificate or hash that allowed an image. */
  EV_EFI_VARIABLE_AUTHORITY(0x800000e0L, false),
  /** A firmware component's own measurement (SPDM). */
  EV_EFI_SPDM_FIRMWARE_BLOB(0x800000e1L, false),
  /** A device's configuration (SPDM). */
  EV_EFI_SPDM_FIRMWARE_CONFIG(0x800000e2L, false),
  /** A device's policy (SPDM). */
  EV_EFI_SPDM_DEVICE_POLICY(0x800000e3L, false),
  /** What vouched for a device (SPDM). */
  EV_EFI_SPDM_DEVICE_AUTHORITY(0x800000e4L, false);

  private static final long EFI = 0x80000000L;
  private static final List<Optional<EventType>> BELOW = from(0);
  private static final List<Optional<EventType>> ABOVE = from(EFI);

  private final long number;
  private final boolean dataHashed;

  EventType(long number, boolean dataHashed) {
    this.number = number;
    this.dataHashed = dataHashed;
  }

  /** The number in the log, unsigned 32 bits. */
  public long number() {
    return number;
  }

  /** Whether the digest must be the hash of the data as logged. */
  public boolean dataHashed() {
    return dataHashed;
  }

  /** The kind with a number, if it is known. */
  public static Optional<EventType> ofNumber(long number) {
    List<Optional<EventType>> block = number < EFI ? BELOW : ABOVE;
    long place = number < EFI ? number : number - EFI;
    return place >= 0 && place < block.size() ? block.get((int) place) : Optional.empty();
  }

  /** The name of a kind for people; the number of an unknown one. */
  public static String nameOf(long number) {
    return ofNumber(number)
        .map(EventType::name)
        .orElseGet(() -> String.format(Locale.ROOT, "0x%08x", number));
  }

  /** The kinds of a block of 256 numbers, looked up for every event. */
  private static List<Optional<EventType>> from(long first) {
    List<Optional<EventType>> block = new ArrayList<>(Collections.nCopies(256, Optional.empty()));
    for (EventType type : values()) {
      if (type.number >= first && type.number < first + block.size()) {
        block.set((int) (type.number - first), Optional.of(type));
      }
    }
    return List.copyOf(block);
  }
}
