#include "io/scratch_file.h"

#include <ATen/ops/from_blob.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "core/error.h"

namespace fmk {
namespace {

/* Closes a file at the end of a scope: a mapping outlives its descriptor. */
class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() {
    if (value_ >= 0) close(value_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return value_; }

 private:
  int value_;
};

/* 0, or the error. */
int reserve(int file, int64_t bytes) {
#ifdef __APPLE__
  fstore_t room{F_ALLOCATEALL, F_PEOFPOSMODE, 0, bytes, 0};
  return fcntl(file, F_PREALLOCATE, &room) == -1 || ftruncate(file, bytes) == -1 ? errno : 0;
#else
  return posix_fallocate(file, 0, bytes);
#endif
}

}  // namespace

at::Tensor scratch_file(const std::string& directory, int64_t bytes) {
  const auto require = [&](bool condition, const char* what, int error) {
    if (!condition) fail(FMK_STATUS_IO, text(what, " of ", bytes, " bytes in '", directory, "': ", std::strerror(error)));
  };
  std::string path = directory + "/.freemask-XXXXXX";
  const Descriptor file(mkstemp(path.data()));
  require(file.get() >= 0, "cannot make a file", errno);
  require(unlink(path.c_str()) == 0, "cannot remove the name of a file", errno);
  const int error = reserve(file.get(), bytes);
  require(error == 0, "no room for a file", error);
  const auto size = static_cast<size_t>(bytes);
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
  require(memory != MAP_FAILED, "cannot map a file", errno);
  return at::from_blob(
      memory, {bytes}, [size](void* mapped) { munmap(mapped, size); }, at::TensorOptions(at::kByte));
}

}  // namespace fmk
