#include "core/error.h"

#include <c10/util/Exception.h>

#include <cstring>
#include <new>
#include <string_view>

namespace fmk {
namespace {

struct LastError {
  std::string message;
  std::string site;
};

LastError& last_error() noexcept {
  thread_local LastError error;
  return error;
}

/* Messages are one line: libtorch's may carry a trailing block of hints. */
std::string one_line(std::string_view message) {
  std::string line;
  line.reserve(message.size());
  for (char c : message) {
    const bool space = c == '\n' || c == '\r' || c == '\t' || c == ' ';
    if (!space) {
      line += c;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
  }
  while (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

int32_t store(int32_t status, std::string_view message, std::string site) noexcept {
  try {
    last_error().message = one_line(message);
    last_error().site = std::move(site);
  } catch (...) {
    /* Out of memory while storing the text: the status alone has to do. */
    last_error().message.clear();
    last_error().site.clear();
  }
  return status;
}

std::string site_text(const std::source_location& site) {
  const char* slash = std::strrchr(site.file_name(), '/');
  return text(slash ? slash + 1 : site.file_name(), ":", site.line());
}

int32_t torch_status(std::string_view message) {
  /* libtorch raises a plain c10::Error for CUDA failures and for its own CPU allocator. */
  if (message.find("CUDA error") != std::string_view::npos || message.find("CUDNN") != std::string_view::npos ||
      message.find("CUBLAS") != std::string_view::npos) {
    return FMK_STATUS_CUDA;
  }
  if (message.find("not enough memory") != std::string_view::npos || message.find("can't allocate memory") != std::string_view::npos) {
    return FMK_STATUS_OUT_OF_MEMORY;
  }
  return FMK_STATUS_TORCH;
}

}  // namespace

void fail(int32_t status, std::string message, std::source_location site) { throw Error(status, std::move(message), site); }

void clear_last_error() noexcept {
  last_error().message.clear();
  last_error().site.clear();
}

int32_t store_current_exception() noexcept {
  try {
    throw;
  } catch (const Error& error) {
    return store(error.status(), error.what(), site_text(error.site()));
  } catch (const c10::OutOfMemoryError& error) {
    return store(FMK_STATUS_OUT_OF_MEMORY, error.what_without_backtrace(), "");
  } catch (const c10::Error& error) {
    return store(torch_status(error.what_without_backtrace()), error.what_without_backtrace(), "");
  } catch (const std::bad_alloc&) {
    return store(FMK_STATUS_OUT_OF_MEMORY, "out of memory", "");
  } catch (const std::exception& error) {
    return store(FMK_STATUS_INTERNAL, error.what(), "");
  } catch (...) {
    return store(FMK_STATUS_INTERNAL, "unknown exception", "");
  }
}

const char* last_error_message() noexcept { return last_error().message.c_str(); }

const char* last_error_site() noexcept { return last_error().site.c_str(); }

}  // namespace fmk
