#pragma once

#include <fmk/fmk.h>

#include <cstdint>
#include <exception>
#include <source_location>
#include <sstream>
#include <string>
#include <utility>

namespace fmk {

/* A failure with the status code that the C interface returns for it. */
class Error : public std::exception {
 public:
  Error(int32_t status, std::string message, std::source_location site) : status_(status), message_(std::move(message)), site_(site) {}

  const char* what() const noexcept override { return message_.c_str(); }
  int32_t status() const noexcept { return status_; }
  const std::source_location& site() const noexcept { return site_; }

 private:
  int32_t status_;
  std::string message_;
  std::source_location site_;
};

/* Joins its arguments as a stream would print them. */
template <class... Args>
std::string text(Args&&... args) {
  std::ostringstream out;
  (out << ... << std::forward<Args>(args));
  return out.str();
}

[[noreturn]] void fail(int32_t status, std::string message, std::source_location site = std::source_location::current());

/* Evaluates the message only when the condition does not hold. */
#define FMK_REQUIRE(condition, ...)                                                       \
  do {                                                                                    \
    if (!(condition)) ::fmk::fail(FMK_STATUS_INVALID_ARGUMENT, ::fmk::text(__VA_ARGS__)); \
  } while (false)

/* A handle argument must not be NULL. */
template <class T>
T& handle(T* pointer, const char* name, std::source_location site = std::source_location::current()) {
  if (pointer == nullptr) fail(FMK_STATUS_INVALID_HANDLE, text(name, " is NULL"), site);
  return *pointer;
}

/* A pointer argument must not be NULL. */
template <class T>
T& argument(T* pointer, const char* name, std::source_location site = std::source_location::current()) {
  if (pointer == nullptr) fail(FMK_STATUS_INVALID_ARGUMENT, text(name, " is NULL"), site);
  return *pointer;
}

/* A struct argument must not be NULL and must be at least as large as this library's: fields are only ever appended. */
template <class T>
T& structure(T* pointer, const char* name, std::source_location site = std::source_location::current()) {
  T& value = argument(pointer, name, site);
  if (value.struct_size < sizeof(T)) {
    fail(FMK_STATUS_INVALID_ARGUMENT, text(name, ".struct_size is ", value.struct_size, ", expected ", sizeof(T), " or more"), site);
  }
  return value;
}

/* Body of the *_init functions: all fields zero, struct_size set. */
template <class T>
void init(T* pointer, uint32_t struct_size, std::source_location site = std::source_location::current()) {
  T& value = argument(pointer, "struct", site);
  if (struct_size < sizeof(T))
    fail(FMK_STATUS_INVALID_ARGUMENT, text("struct_size is ", struct_size, ", expected ", sizeof(T), " or more"), site);
  value = {};
  value.struct_size = sizeof(T);
}

void clear_last_error() noexcept;
/* Stores the exception in flight as this thread's last error and returns its status. */
int32_t store_current_exception() noexcept;
const char* last_error_message() noexcept;
const char* last_error_site() noexcept;

/* Runs the body of a C function: nothing but a status leaves it. */
template <class Body>
int32_t guard(Body&& body) noexcept {
  clear_last_error();
  try {
    body();
    return FMK_STATUS_OK;
  } catch (...) {
    return store_current_exception();
  }
}

}  // namespace fmk
