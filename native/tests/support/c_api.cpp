#include "support/c_api.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/randn.h>

#include <cmath>
#include <map>
#include <regex>
#include <sstream>

namespace fmk::test {

Context make_context(uint64_t memory_limit) {
  fmk_context_params_t params;
  EXPECT_FMK_OK(fmk_context_params_init(&params, sizeof params));
  params.threads = 2;
  params.memory_limit = memory_limit;
  fmk_context_t* context = nullptr;
  EXPECT_FMK_OK(fmk_context_create(&params, &context));
  return Context(context);
}

fmk_tensor_desc_t desc_of(const at::Tensor& tensor) {
  EXPECT_TRUE(tensor.is_contiguous());
  fmk_tensor_desc_t desc;
  EXPECT_FMK_OK(fmk_tensor_desc_init(&desc, sizeof desc));
  desc.dtype = tensor.scalar_type() == at::kLong ? FMK_DTYPE_I64 : tensor.scalar_type() == at::kHalf ? FMK_DTYPE_F16 : FMK_DTYPE_F32;
  desc.ndim = static_cast<int32_t>(tensor.dim());
  for (int64_t i = 0; i < tensor.dim(); ++i) desc.sizes[i] = tensor.size(i);
  desc.data = tensor.data_ptr();
  return desc;
}

Tensor upload(fmk_context_t* context, const at::Tensor& tensor) {
  const at::Tensor dense = tensor.contiguous();
  const fmk_tensor_desc_t desc = desc_of(dense);
  fmk_tensor_t* out = nullptr;
  EXPECT_FMK_OK(fmk_tensor_create(context, &desc, FMK_DTYPE_F32, &out));
  return Tensor(out);
}

at::Tensor download(const fmk_tensor_t* tensor) {
  fmk_tensor_desc_t desc;
  EXPECT_FMK_OK(fmk_tensor_desc_init(&desc, sizeof desc));
  EXPECT_FMK_OK(fmk_tensor_describe(tensor, &desc));
  at::Tensor host = at::empty(at::IntArrayRef(desc.sizes, static_cast<size_t>(desc.ndim)), at::TensorOptions(at::kFloat));
  const fmk_tensor_desc_t view = desc_of(host);
  EXPECT_FMK_OK(fmk_tensor_read(tensor, &view));
  return host;
}

RandomWeights::RandomWeights(fmk_context_t* context, double deviation) : deviation_(deviation) {
  fmk_weights_t* weights = nullptr;
  EXPECT_FMK_OK(fmk_weights_create(context, &weights));
  weights_.reset(weights);
}

void RandomWeights::add(const std::string& name, at::IntArrayRef sizes) {
  at::Generator generator = at::detail::createCPUGenerator(storage_.size() + 1);
  at::Tensor tensor = at::randn(sizes, generator, at::TensorOptions(at::kFloat)).mul_(deviation_);
  if (sizes.size() == 1 && name.ends_with("weight")) tensor.add_(1.0);
  storage_.push_back(tensor);
  added_.emplace_back(name, sizes.vec());
  const fmk_tensor_desc_t desc = desc_of(tensor);
  EXPECT_FMK_OK(fmk_weights_add(weights_.get(), name.c_str(), &desc));
}

bool RandomWeights::add_missing(const std::string& message) {
  std::smatch match;
  if (!std::regex_search(message, match, std::regex("lack the tensor '([^']+)' of shape \\[([0-9, ]*)\\]"))) return false;
  std::vector<int64_t> sizes;
  std::istringstream numbers(match[2].str());
  for (std::string size; std::getline(numbers, size, ',');) sizes.push_back(std::stoll(size));
  add(match[1].str(), sizes);
  return true;
}

fmk_text_encoder_config_t small_text_config(int32_t layers) {
  fmk_text_encoder_config_t config;
  EXPECT_FMK_OK(fmk_text_encoder_config_init(&config, sizeof config));
  config.vocab_size = 20;
  config.hidden_size = 12;
  config.intermediate_size = 24;
  config.num_hidden_layers = layers;
  config.num_attention_heads = 3;
  config.max_position_embeddings = 9;
  config.hidden_act = FMK_ACTIVATION_QUICK_GELU;
  return config;
}

fmk_unet_config_t small_unet_config(int32_t head_dim) {
  fmk_unet_config_t config;
  EXPECT_FMK_OK(fmk_unet_config_init(&config, sizeof config));
  config.in_channels = 4;
  config.out_channels = 4;
  config.layers_per_block = 1;
  config.norm_num_groups = 8;
  config.cross_attention_dim = kTextChannels;
  config.block_count = 2;
  config.block_out_channels[0] = 2 * head_dim;
  config.block_out_channels[1] = 4 * head_dim;
  config.attention_head_dim[0] = head_dim;
  config.attention_head_dim[1] = head_dim;
  config.down_attention[0] = 1;
  config.up_attention[1] = 1;
  return config;
}

SmallUNet::SmallUNet(fmk_context_t* context, int32_t dtype, int32_t head_dim) : weights(context, 0.2 * std::sqrt(8.0 / head_dim)) {
  /* Asking for one tensor at a time takes a second, so what the first one learned serves the others. */
  static std::map<int32_t, std::vector<std::pair<std::string, std::vector<int64_t>>>> by_head_dim;
  std::vector<std::pair<std::string, std::vector<int64_t>>>& known = by_head_dim[head_dim];
  for (const auto& [name, sizes] : known) weights.add(name, sizes);
  const fmk_unet_config_t config = small_unet_config(head_dim);
  fmk_unet_t* handle = nullptr;
  weights.fill([&] { return fmk_unet_create(context, weights.get(), &config, dtype, &handle); });
  unet.reset(handle);
  if (known.empty()) known = weights.added();
}

}  // namespace fmk::test
