#include "io/state_dict_pickle.h"

#include <cstdint>
#include <cstring>
#include <set>

#include "core/error.h"

namespace fmk {
namespace {

/* Opcodes of Python's pickle protocol 2 (Lib/pickletools.py), which torch.save writes. */
enum Opcode : uint8_t {
  kMark = '(',
  kEmptyTuple = ')',
  kStop = '.',
  kBinFloat = 'G',
  kBinInt = 'J',
  kBinInt1 = 'K',
  kBinInt2 = 'M',
  kNone = 'N',
  kBinPersId = 'Q',
  kReduce = 'R',
  kBinUnicode = 'X',
  kEmptyList = ']',
  kAppend = 'a',
  kBuild = 'b',
  kGlobal = 'c',
  kAppends = 'e',
  kBinGet = 'h',
  kLongBinGet = 'j',
  kBinPut = 'q',
  kLongBinPut = 'r',
  kSetItem = 's',
  kTuple = 't',
  kSetItems = 'u',
  kEmptyDict = '}',
  kProto = 0x80,
  kTuple1 = 0x85,
  kTuple2 = 0x86,
  kTuple3 = 0x87,
  kNewTrue = 0x88,
  kNewFalse = 0x89,
  kLong1 = 0x8a,
};

constexpr std::string_view kOrderedDict = "collections\nOrderedDict\n";

bool is_allowed_global(std::string_view global) {
  if (global == "torch._utils\n_rebuild_tensor_v2\n") return true;
  constexpr std::string_view kTorch = "torch\n";
  constexpr std::string_view kStorage = "Storage\n";
  return global.starts_with(kTorch) && global.ends_with(kStorage);
}

class Rewriter {
 public:
  explicit Rewriter(std::string_view pickle) : in_(pickle) {}

  std::string run() {
    for (;;) {
      const size_t start = at_;
      const auto opcode = static_cast<Opcode>(byte());
      switch (opcode) {
        case kStop:
          copy_from(start);
          return std::move(out_);
        case kGlobal: {
          const std::string_view global = two_lines();
          if (global == kOrderedDict) {
            remember_class();
            expect_call();
            out_ += static_cast<char>(kEmptyDict);
          } else if (is_allowed_global(global)) {
            copy_from(start);
          } else {
            refuse(text("it names ", one_line(global), ", which is no part of a state dict"));
          }
          break;
        }
        case kBinGet:
        case kLongBinGet: {
          const uint32_t id = opcode == kBinGet ? byte() : number32();
          if (classes_.contains(id)) {
            expect_call();
            out_ += static_cast<char>(kEmptyDict);
          } else {
            copy_from(start);
          }
          break;
        }
        case kBuild:
          out_ += static_cast<char>(kTuple2);
          break;
        default:
          skip_argument(opcode);
          copy_from(start);
      }
    }
  }

 private:
  [[noreturn]] static void refuse(const std::string& reason) { fail(FMK_STATUS_IO, reason); }

  static std::string one_line(std::string_view global) {
    std::string result(global.substr(0, global.size() - 1));
    for (char& c : result) {
      if (c == '\n') c = '.';
    }
    return result;
  }

  uint8_t byte() {
    need(1);
    return static_cast<uint8_t>(in_[at_++]);
  }

  uint32_t number32() {
    need(4);
    const auto* p = reinterpret_cast<const uint8_t*>(in_.data() + at_);
    at_ += 4;
    return static_cast<uint32_t>(p[0]) | static_cast<uint32_t>(p[1]) << 8 | static_cast<uint32_t>(p[2]) << 16 |
           static_cast<uint32_t>(p[3]) << 24;
  }

  std::string_view two_lines() {
    const size_t start = at_;
    for (int line = 0; line < 2; ++line) {
      const size_t end = in_.find('\n', at_);
      if (end == std::string_view::npos) refuse("its pickle is cut short");
      at_ = end + 1;
    }
    return in_.substr(start, at_ - start);
  }

  void need(size_t bytes) const {
    if (in_.size() - at_ < bytes) refuse("its pickle is cut short");
  }

  void skip(size_t bytes) {
    need(bytes);
    at_ += bytes;
  }

  void copy_from(size_t start) { out_ += in_.substr(start, at_ - start); }

  /* The class OrderedDict may be put into the memo, and taken from there later. It is never on libtorch's stack. */
  void remember_class() {
    need(1);
    const auto next = static_cast<Opcode>(in_[at_]);
    if (next == kBinPut) {
      ++at_;
      classes_.insert(byte());
    } else if (next == kLongBinPut) {
      ++at_;
      classes_.insert(number32());
    }
  }

  void expect_call() {
    if (byte() != kEmptyTuple || byte() != kReduce) refuse("it makes an OrderedDict from arguments");
  }

  void skip_argument(Opcode opcode) {
    switch (opcode) {
      case kMark:
      case kEmptyTuple:
      case kNone:
      case kBinPersId:
      case kReduce:
      case kEmptyList:
      case kAppend:
      case kAppends:
      case kSetItem:
      case kTuple:
      case kSetItems:
      case kEmptyDict:
      case kTuple1:
      case kTuple2:
      case kTuple3:
      case kNewTrue:
      case kNewFalse:
        return;
      case kProto:
      case kBinInt1:
      case kBinPut:
        return skip(1);
      case kBinInt2:
        return skip(2);
      case kBinInt:
      case kLongBinPut:
        return skip(4);
      case kBinFloat:
        return skip(8);
      case kBinUnicode: {
        const uint32_t length = number32();
        return skip(length);
      }
      case kLong1: {
        const uint8_t length = byte();
        return skip(length);
      }
      default:
        refuse(text("its pickle holds the opcode ", static_cast<int>(opcode), ", which a state dict has no use for"));
    }
  }

  std::string_view in_;
  size_t at_ = 0;
  std::string out_;
  std::set<uint32_t> classes_;
};

}  // namespace

std::string plain_state_dict_pickle(std::string_view pickle) { return Rewriter(pickle).run(); }

}  // namespace fmk
