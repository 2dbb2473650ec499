#include "io/state_dict_pickle.h"

#include <gtest/gtest.h>

#include <string>

#include "core/error.h"

namespace fmk {
namespace {

using namespace std::string_literals;

const std::string kOrderedDict = "ccollections\nOrderedDict\n";

std::string refusal(const std::string& pickle) {
  try {
    plain_state_dict_pickle(pickle);
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), FMK_STATUS_IO);
    return error.what();
  }
  return "nothing was refused";
}

TEST(StateDictPickle, MakesAnOrderedDictPlain) {
  /* OrderedDict() in the memo as 1, its class as 0; one entry whose value makes another from the memo. */
  EXPECT_EQ(plain_state_dict_pickle("\x80\x02" + kOrderedDict + "q\0)Rq\x01(X\x01\0\0\0ah\0)Ru."s), "\x80\x02}q\x01(X\x01\0\0\0a}u."s);
  /* The class with a memo index of four bytes, or with none. */
  EXPECT_EQ(plain_state_dict_pickle(kOrderedDict + "r\x01\x02\0\0)Rj\x01\x02\0\0)R."s), "}}.");
  EXPECT_EQ(plain_state_dict_pickle(kOrderedDict + ")R."), "}.");
}

TEST(StateDictPickle, PairsADictWithItsAttachedState) { EXPECT_EQ(plain_state_dict_pickle(kOrderedDict + ")R}b."), "}}\x86."); }

TEST(StateDictPickle, LeavesTheRestAlone) {
  const std::string tensor =
      "\x80\x02}(X\x01\0\0\0actorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storagectorch\nHalfStorage\nX\x01\0\0\0"
      "0X\x03\0\0\0"
      "cpuK\x04tQK\0M\x01\x02\x85J\1\2\3\4\x85\x89Ntu."s;
  EXPECT_EQ(plain_state_dict_pickle(tensor), tensor);
}

TEST(StateDictPickle, RefusesWhatAStateDictHasNoUseFor) {
  EXPECT_EQ(refusal("cposix\nsystem\n."), "it names posix.system, which is no part of a state dict");
  EXPECT_EQ(refusal("ctorch.nn\nFakeStorage\n."), "it names torch.nn.FakeStorage, which is no part of a state dict");
  EXPECT_EQ(refusal(kOrderedDict + "(tR."), "it makes an OrderedDict from arguments");
  EXPECT_EQ(refusal("i."), "its pickle holds the opcode 105, which a state dict has no use for");
}

TEST(StateDictPickle, RefusesWhatIsCutShort) {
  for (const std::string& pickle :
       {""s, "}"s, "X\x05\0\0\0ab"s, "X\x05\0"s, "J\1"s, "ctorch\nHalf"s, "\x8a\x09"s, kOrderedDict, kOrderedDict + ")"}) {
    EXPECT_EQ(refusal(pickle), "its pickle is cut short") << pickle;
  }
}

}  // namespace
}  // namespace fmk
