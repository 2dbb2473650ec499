package io.freemask;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What Linux says about memory; nothing elsewhere. */
final class HostMemory {

  private static final Path MEMINFO = Path.of("/proc/meminfo");
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final Path CGROUP_LIMIT = Path.of("/sys/fs/cgroup/memory.max");
  private static final Path CGROUP_USED = Path.of("/sys/fs/cgroup/memory.current");
  private static final Path CGROUP_STATISTICS = Path.of("/sys/fs/cgroup/memory.stat");
  private static final Pattern KIB = Pattern.compile("\\s+(\\d+) kB");

  private HostMemory() {}

  /** Returns the bytes that a process can still get, of the machine and of its control group. */
  static OptionalLong available() {
    OptionalLong machine = field(MEMINFO, "MemAvailable:");
    OptionalLong limit = number(CGROUP_LIMIT);
    OptionalLong used = number(CGROUP_USED);
    if (limit.isEmpty() || used.isEmpty()) {
      return machine;
    }
    // File pages that nobody uses count as used there, and are given up when memory is wanted.
    long reclaimable = statistic("inactive_file");
    long group = Math.max(0, limit.getAsLong() - used.getAsLong() + reclaimable);
    return OptionalLong.of(machine.isPresent() ? Math.min(machine.getAsLong(), group) : group);
  }

  /** Returns the most bytes that this process has had in memory. */
  static OptionalLong peakResident() {
    return field(STATUS, "VmHWM:");
  }

  private static OptionalLong field(Path file, String name) {
    try {
      for (String line : Files.readAllLines(file)) {
        Matcher value = KIB.matcher(line);
        if (line.startsWith(name) && value.find()) {
          return OptionalLong.of(Long.parseLong(value.group(1)) * 1024);
        }
      }
      return OptionalLong.empty();
    } catch (IOException e) {
      return OptionalLong.empty();
    }
  }

  private static long statistic(String name) {
    try {
      for (String line : Files.readAllLines(CGROUP_STATISTICS)) {
        if (line.startsWith(name + " ")) {
          return Long.parseLong(line.substring(name.length() + 1).strip());
        }
      }
      return 0;
    } catch (IOException e) {
      return 0;
    }
  }

  /** Reads a file that holds a number, or "max" for none. */
  private static OptionalLong number(Path file) {
    try {
      String text = Files.readString(file).strip();
      return text.matches("\\d{1,18}")
          ? OptionalLong.of(Long.parseLong(text))
          : OptionalLong.empty();
    } catch (IOException e) {
      return OptionalLong.empty();
    }
  }
}
