/*
 * fmk: the C interface of freemask's native engine.
 *
 * This is the only header that the Java bindings are generated from. It is plain C11; no C++, CUDA or libtorch type appears in it.
 *
 * Conventions
 *   Letters    B batch items, C channels, D length of an embedding, F frames, H x W pixel or latent size, h x w size of an attention
 *              level, L text tokens, N = h*w query tokens, G word groups. Shapes are written outermost first; tensors are contiguous
 *              unless said.
 *   Masks      1 on the object, 0 elsewhere, values in [0,1].
 *   Status     every fallible call returns a fmk_status code (0 = OK). On failure the outputs are untouched, except that handle
 *              outputs are set to NULL.
 *   Errors     fmk_last_error_message() tells what went wrong in the last failed call of this thread.
 *   Handles    opaque; made by *_create or returned through an out parameter whose name ends in _new, and owned by the caller, who
 *              ends them with the type's *_destroy exactly once. *_destroy(NULL) does nothing. A parent outlives its children: a
 *              context outlives everything made with it.
 *   Threads    a context and all that is made with it are used by one thread at a time; different contexts are independent.
 *   Callbacks  are called on the calling thread only, during the call that they were passed to; a nonzero return cancels that call
 *              with FMK_STATUS_CANCELLED.
 *   Structs    begin with struct_size, set by the matching *_init; fields are only ever appended.
 *   Sync       on a CUDA device calls enqueue on the context's stream; those that hand data to the host synchronise, and say so.
 */
#ifndef FMK_FMK_H
#define FMK_FMK_H

#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32)
#define FMK_API __declspec(dllexport)
#else
#define FMK_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Version and build ---------------------------------------------------------------------------------------------------------- */

/* Major changes when something existing changes, minor when something is added. */
#define FMK_ABI_MAJOR 1
#define FMK_ABI_MINOR 3

enum fmk_limits {
  FMK_MAX_DIMS = 8,   /* most dimensions of a tensor */
  FMK_MAX_BLOCKS = 8, /* most resolution blocks of a UNet or VAE */
};

enum fmk_status {
  FMK_STATUS_OK = 0,
  FMK_STATUS_INVALID_ARGUMENT = 1, /* a value, shape, dtype or name; the message says which */
  FMK_STATUS_INVALID_HANDLE = 2,   /* a NULL handle, or one of another context */
  FMK_STATUS_UNSUPPORTED = 3,      /* well-formed, but this build or device cannot do it */
  FMK_STATUS_OUT_OF_MEMORY = 4,
  FMK_STATUS_CUDA = 5,
  FMK_STATUS_TORCH = 6,
  FMK_STATUS_IO = 7,
  FMK_STATUS_CANCELLED = 8, /* a callback returned nonzero */
  FMK_STATUS_ABI_MISMATCH = 9,
  FMK_STATUS_INTERNAL = 10,
};

/* Returns (major << 16) | minor of the library. */
FMK_API uint32_t fmk_abi_version(void);

typedef struct fmk_build_info {
  uint32_t struct_size;          /* set by the caller */
  int32_t cuda_compiled;         /* 1 when built with CUDA kernels */
  const char* libtorch_compiled; /* version of the libtorch headers it was built with, such as "2.13.0" */
  const char* libtorch_loaded;   /* version of the libtorch it runs on */
  const char* cuda_version;      /* "" without CUDA */
  const char* git_revision;      /* "" when built outside a git checkout */
  const char* compiler;
} fmk_build_info_t;

/* Fills info with static strings. Errors: INVALID_ARGUMENT, ABI_MISMATCH when the libtorch it runs on is another version than the one
 * it was compiled for (info is filled all the same). */
FMK_API int32_t fmk_build_info_get(fmk_build_info_t* info);

/* Number of CUDA devices that can be used; 0 in a build without CUDA. */
FMK_API int32_t fmk_cuda_device_count(void);

/* Handles made and not yet destroyed, in the whole process. */
FMK_API int64_t fmk_live_handle_count(void);

/* ---- Errors ---------------------------------------------------------------------------------------------------------------------- */

/* Message of the last failed call of this thread, or "". Borrowed: valid until this thread's next fmk call; cleared by a successful
 * one, left alone by *_destroy. UTF-8, one line. */
FMK_API const char* fmk_last_error_message(void);

/* "file:line" where that error was raised, or "". Same lifetime. */
FMK_API const char* fmk_last_error_site(void);

/* Fails with the given status by raising the C++ exception that stands behind it, so that bindings can test their error handling. */
FMK_API int32_t fmk_error_provoke(int32_t status);

/* ---- Context --------------------------------------------------------------------------------------------------------------------- */

typedef struct fmk_context fmk_context_t;

enum fmk_device {
  FMK_DEVICE_CPU = 0,
  FMK_DEVICE_CUDA = 1,
};

/* How the attention of a context is computed: every operation has a definition made of libtorch's operations, and a fused kernel. */
enum fmk_attention_path {
  FMK_ATTENTION_PATH_AUTO = 0,      /* the kernel where it can take the call and pays; FREEMASK_ATTENTION=reference|fused overrides it */
  FMK_ATTENTION_PATH_REFERENCE = 1, /* never the kernel */
  FMK_ATTENTION_PATH_FUSED = 2,     /* the kernel, or UNSUPPORTED with the reason */
};

typedef struct fmk_context_params {
  uint32_t struct_size;
  int32_t device_type;    /* enum fmk_device; default CPU */
  int32_t device_index;   /* CUDA ordinal; default 0 */
  int32_t threads;        /* CPU threads of one operation; 0 (default) = libtorch's own choice */
  uint64_t memory_limit;  /* most bytes of tensors at a time on a CPU device, in the whole process; 0 (default) = no limit */
  int32_t attention_path; /* enum fmk_attention_path; default AUTO */
} fmk_context_params_t;

FMK_API int32_t fmk_context_params_init(fmk_context_params_t* params, uint32_t struct_size);

/* Errors: INVALID_ARGUMENT (a value, FREEMASK_ATTENTION), UNSUPPORTED (no such device), ABI_MISMATCH (libtorch differs from the one
 * compiled for). */
FMK_API int32_t fmk_context_create(const fmk_context_params_t* params, fmk_context_t** out_new);
FMK_API void fmk_context_destroy(fmk_context_t* context);

typedef struct fmk_memory_info {
  uint32_t struct_size;
  uint32_t reserved;
  uint64_t used_bytes;   /* held by tensors now */
  uint64_t peak_bytes;   /* most held at a time since the last reset */
  uint64_t cached_bytes; /* freed by tensors and kept for reuse */
} fmk_memory_info_t;

/* Tensor memory of the context's device, counted over the whole process; reset_peak != 0 sets the peak to the present use afterwards. */
FMK_API int32_t fmk_context_memory(fmk_context_t* context, int32_t reset_peak, fmk_memory_info_t* info);

typedef struct fmk_attention_runs {
  uint32_t struct_size;
  uint32_t reserved;
  int64_t calls;
  const char* operation; /* such as "masked_self_attention" */
  const char* kernel;    /* the instruction set of the kernel, such as "avx512", or "reference" */
  const char* reason;    /* why the kernel was not used the last time, "" where it was */
} fmk_attention_runs_t;

/* Which attention ran since the context was made, by operation and kernel: 0 <= index < count. Strings live until the next forward pass. */
FMK_API int32_t fmk_context_attention_count(const fmk_context_t* context, int32_t* count);
FMK_API int32_t fmk_context_attention_runs(const fmk_context_t* context, int32_t index, fmk_attention_runs_t* runs);

/* The instruction set that the CPU's attention kernels are chosen for: "avx512", "avx2" or "portable". */
FMK_API const char* fmk_cpu_kernels(void);

/* Gives memory that is kept for reuse back to the system. */
FMK_API int32_t fmk_context_release_cache(fmk_context_t* context);

/* ---- Tensors --------------------------------------------------------------------------------------------------------------------- */

typedef struct fmk_tensor fmk_tensor_t;

enum fmk_dtype {
  FMK_DTYPE_F32 = 0,
  FMK_DTYPE_F16 = 1,
  FMK_DTYPE_BF16 = 2,
  FMK_DTYPE_I64 = 3,
  FMK_DTYPE_U8 = 4,
};

/* A view of contiguous memory. */
typedef struct fmk_tensor_desc {
  uint32_t struct_size;
  int32_t dtype;               /* enum fmk_dtype */
  int32_t device_type;         /* enum fmk_device: where data points to */
  int32_t ndim;                /* 0..FMK_MAX_DIMS */
  int64_t sizes[FMK_MAX_DIMS]; /* outermost first */
  void* data;                  /* borrowed */
} fmk_tensor_desc_t;

FMK_API int32_t fmk_tensor_desc_init(fmk_tensor_desc_t* desc, uint32_t struct_size);

/* Copies host memory into a new tensor of the given dtype on the context's device. Synchronises. */
FMK_API int32_t fmk_tensor_create(fmk_context_t* context, const fmk_tensor_desc_t* host, int32_t dtype, fmk_tensor_t** out_new);
FMK_API void fmk_tensor_destroy(fmk_tensor_t* tensor);

/* Shape, dtype and device of a tensor; data is set for CPU tensors and NULL for others, borrowed until the tensor is destroyed. */
FMK_API int32_t fmk_tensor_describe(const fmk_tensor_t* tensor, fmk_tensor_desc_t* desc);

/* Copies a tensor into host memory of the same sizes, converting to the host's dtype. Synchronises. */
FMK_API int32_t fmk_tensor_read(const fmk_tensor_t* tensor, const fmk_tensor_desc_t* host);

/* a*x + b*y in f32; y may be NULL (a*x). x, y: same sizes, any float dtype; result f32. */
FMK_API int32_t fmk_tensor_combine(float a, const fmk_tensor_t* x, float b, const fmk_tensor_t* y, fmk_tensor_t** out_new);

/* base + mask * (top - base) in f32. base, top [.., F,H,W]; mask [F,H,W] in [0,1], 1 takes top. */
FMK_API int32_t fmk_tensor_blend(const fmk_tensor_t* base, const fmk_tensor_t* top, const fmk_tensor_t* mask, fmk_tensor_t** out_new);

/* ---- Weights --------------------------------------------------------------------------------------------------------------------- */

/* A set of named tensors that a model is made from. */
typedef struct fmk_weights fmk_weights_t;

FMK_API int32_t fmk_weights_create(fmk_context_t* context, fmk_weights_t** out_new);
FMK_API void fmk_weights_destroy(fmk_weights_t* weights);

/* Adds a named tensor without copying it: host memory has to stay valid until the weights and every model made from them are destroyed.
 * host: F32, F16 or BF16. Errors: INVALID_ARGUMENT (the name is there already, dtype). */
FMK_API int32_t fmk_weights_add(fmk_weights_t* weights, const char* name, const fmk_tensor_desc_t* host);

/* Adds all tensors of a PyTorch zip state dict (a ".bin" file) through libtorch's unpickler, which runs no code of the file.
 * Errors: IO (unreadable, not such a file, something else than a flat dictionary of tensors). */
FMK_API int32_t fmk_weights_add_pickle(fmk_weights_t* weights, const char* path);

FMK_API int32_t fmk_weights_count(const fmk_weights_t* weights, int64_t* count);

/* ---- Callbacks shared by the models ----------------------------------------------------------------------------------------------- */

/* Called before the blocks of a forward pass and between them. */
typedef int32_t (*fmk_tick_fn)(void* user_data);

/* Called with an intermediate value: its name (a module path of the checkpoint) and a contiguous F32 copy in host memory, borrowed
 * for the call. Attention probabilities are called "<layer>.mean_heads", averaged over the heads. */
typedef int32_t (*fmk_probe_fn)(void* user_data, const char* name, const fmk_tensor_desc_t* value);

typedef struct fmk_callbacks {
  uint32_t struct_size;
  int32_t probe_attention; /* 1: the probe gets attention probabilities too (slow, large); default 0 */
  fmk_tick_fn tick;        /* or NULL */
  fmk_probe_fn probe;      /* or NULL */
  void* user_data;         /* handed to both */
} fmk_callbacks_t;

FMK_API int32_t fmk_callbacks_init(fmk_callbacks_t* callbacks, uint32_t struct_size);

/* ---- Text encoder ------------------------------------------------------------------------------------------------------------------ */

/* CLIPTextModel of transformers. Weight names with and without the prefix "text_model."; a position_ids buffer is ignored. */
typedef struct fmk_text_encoder fmk_text_encoder_t;

enum fmk_activation {
  FMK_ACTIVATION_GELU = 0,       /* exact, with erf */
  FMK_ACTIVATION_QUICK_GELU = 1, /* x * sigmoid(1.702 x) */
};

typedef struct fmk_text_encoder_config {
  uint32_t struct_size;
  int32_t vocab_size;
  int32_t hidden_size;
  int32_t intermediate_size;
  int32_t num_hidden_layers; /* 0 or more */
  int32_t num_attention_heads;
  int32_t max_position_embeddings;
  int32_t hidden_act;   /* enum fmk_activation */
  int32_t eos_token_id; /* for the pooled output alone: 2 means "the largest id", as transformers has it */
  float layer_norm_eps;
} fmk_text_encoder_config_t;

FMK_API int32_t fmk_text_encoder_config_init(fmk_text_encoder_config_t* config, uint32_t struct_size);

/* Errors: INVALID_ARGUMENT naming the missing, extra or wrongly shaped tensor. dtype: F32, F16 or BF16. */
FMK_API int32_t fmk_text_encoder_create(fmk_context_t* context, const fmk_weights_t* weights, const fmk_text_encoder_config_t* config,
                                        int32_t dtype, fmk_text_encoder_t** out_new);
FMK_API void fmk_text_encoder_destroy(fmk_text_encoder_t* encoder);

/* ids [B,L] I64 in host memory -> last hidden state after the final norm [B,L,C] in the model's dtype.
 * Probes: hidden_states.0 (embeddings) .. hidden_states.N, pooler_output. callbacks may be NULL. */
FMK_API int32_t fmk_text_encoder_forward(fmk_text_encoder_t* encoder, const fmk_tensor_desc_t* ids, const fmk_callbacks_t* callbacks,
                                         fmk_tensor_t** out_new);

/* ---- CLIP -------------------------------------------------------------------------------------------------------------------------- */

/* CLIPModel of transformers: the text tower, the vision tower, and the projections of both into one space. position_ids buffers are
 * ignored. Since 1.1. */
typedef struct fmk_clip fmk_clip_t;

typedef struct fmk_clip_vision_config {
  uint32_t struct_size;
  int32_t hidden_size;
  int32_t intermediate_size;
  int32_t num_hidden_layers; /* 0 or more */
  int32_t num_attention_heads;
  int32_t num_channels; /* default 3 */
  int32_t image_size;   /* S, height and width of an image */
  int32_t patch_size;   /* 1 to S; a rest of S is cut off on the right and below */
  int32_t hidden_act;   /* enum fmk_activation */
  float layer_norm_eps; /* default 1e-5 */
} fmk_clip_vision_config_t;

FMK_API int32_t fmk_clip_vision_config_init(fmk_clip_vision_config_t* config, uint32_t struct_size);

/* projection_dim: D. Errors: INVALID_ARGUMENT naming the missing, extra or wrongly shaped tensor. dtype: F32, F16 or BF16. */
FMK_API int32_t fmk_clip_create(fmk_context_t* context, const fmk_weights_t* weights, const fmk_text_encoder_config_t* text,
                                const fmk_clip_vision_config_t* vision, int32_t projection_dim, int32_t dtype, fmk_clip_t** out_new);
FMK_API void fmk_clip_destroy(fmk_clip_t* clip);

/* Sets *scale to what a cosine is multiplied with to give a logit: the exponential of the weight logit_scale. */
FMK_API int32_t fmk_clip_logit_scale(const fmk_clip_t* clip, float* scale);

/* pixels [B,C,S,S], normalised as the model's preprocessor_config.json says -> embeddings [B,D] F32 of length 1. Works on slice_images
 * images at a time (0 = 1), so that memory does not grow with B.
 * Probes: hidden_states.0 (after pre_layrnorm) .. hidden_states.N, pooler_output, once for each slice. callbacks may be NULL. */
FMK_API int32_t fmk_clip_image_embeds(fmk_clip_t* clip, const fmk_tensor_t* pixels, int32_t slice_images, const fmk_callbacks_t* callbacks,
                                      fmk_tensor_t** out_new);

/* ids [B,L] I64 in host memory -> embeddings [B,D] F32 of length 1, of the final state at each row's end token (eos_token_id).
 * Probes: as fmk_text_encoder_forward. callbacks may be NULL. */
FMK_API int32_t fmk_clip_text_embeds(fmk_clip_t* clip, const fmk_tensor_desc_t* ids, const fmk_callbacks_t* callbacks,
                                     fmk_tensor_t** out_new);

/* ---- VAE --------------------------------------------------------------------------------------------------------------------------- */

/* AutoencoderKL of diffusers. Attention weights under to_q/to_k/to_v/to_out.0 or query/key/value/proj_attn. */
typedef struct fmk_vae fmk_vae_t;

typedef struct fmk_vae_config {
  uint32_t struct_size;
  int32_t in_channels;
  int32_t out_channels;
  int32_t latent_channels;
  int32_t layers_per_block;
  int32_t norm_num_groups;
  int32_t mid_block_add_attention; /* default 1 */
  int32_t use_quant_conv;          /* default 1 */
  int32_t use_post_quant_conv;     /* default 1 */
  int32_t block_count;             /* the VAE reduces by 2^(block_count-1) */
  int32_t block_out_channels[FMK_MAX_BLOCKS];
} fmk_vae_config_t;

FMK_API int32_t fmk_vae_config_init(fmk_vae_config_t* config, uint32_t struct_size);
FMK_API int32_t fmk_vae_create(fmk_context_t* context, const fmk_weights_t* weights, const fmk_vae_config_t* config, int32_t dtype,
                               fmk_vae_t** out_new);
FMK_API void fmk_vae_destroy(fmk_vae_t* vae);

/* pixels [F,3,H,W] in [-1,1], H and W multiples of the VAE's factor -> mean and logvar of the posterior, each [F,4,H/f,W/f] F32,
 * unscaled. Works on slice_frames frames at a time (0 = 1), so that memory does not grow with F. */
FMK_API int32_t fmk_vae_encode(fmk_vae_t* vae, const fmk_tensor_t* pixels, int32_t slice_frames, const fmk_callbacks_t* callbacks,
                               fmk_tensor_t** mean_new, fmk_tensor_t** logvar_new);

/* latents [F,4,h,w], unscaled (divided by the scaling factor) -> pixels [F,3,H,W] F32, about [-1,1], not clamped. */
FMK_API int32_t fmk_vae_decode(fmk_vae_t* vae, const fmk_tensor_t* latents, int32_t slice_frames, const fmk_callbacks_t* callbacks,
                               fmk_tensor_t** pixels_new);

/* ---- Source cache ------------------------------------------------------------------------------------------------------------------ */

/* Queries and keys of a clip's attention, by record: all that fusion needs of a source. The forward pass of an inversion step keeps
 * them here, and that of the editing step at the same latents and timestep takes them instead of computing the source again. Since 1.3. */
typedef struct fmk_source_cache fmk_source_cache_t;

enum fmk_cache_place {
  FMK_CACHE_HOST = 0,   /* memory of the host, page-locked where the context is on a GPU, which takes a while */
  FMK_CACHE_DEVICE = 1, /* memory of the context's device */
  FMK_CACHE_FILE = 2,   /* a file without a name, which is mapped and goes with the cache or the process */
};

typedef struct fmk_source_cache_params {
  uint32_t struct_size;
  int32_t place;         /* enum fmk_cache_place; default HOST */
  uint64_t bytes;        /* room for records, 1 or more; reserved at once */
  const char* directory; /* of a FILE */
} fmk_source_cache_params_t;

FMK_API int32_t fmk_source_cache_params_init(fmk_source_cache_params_t* params, uint32_t struct_size);

/* Errors: INVALID_ARGUMENT (a value), OUT_OF_MEMORY, IO (no such folder, no room on the disk). */
FMK_API int32_t fmk_source_cache_create(fmk_context_t* context, const fmk_source_cache_params_t* params, fmk_source_cache_t** out_new);

/* Waits for the copies that are under way. */
FMK_API void fmk_source_cache_destroy(fmk_source_cache_t* cache);

/* ---- UNet -------------------------------------------------------------------------------------------------------------------------- */

/* UNet3DConditionModel of diffusers. */
typedef struct fmk_unet fmk_unet_t;

typedef struct fmk_unet_config {
  uint32_t struct_size;
  int32_t in_channels;
  int32_t out_channels;
  int32_t layers_per_block;
  int32_t norm_num_groups;
  int32_t cross_attention_dim;
  int32_t downsample_padding;   /* default 1 */
  float mid_block_scale_factor; /* default 1 */
  float norm_eps;               /* default 1e-5 */
  int32_t block_count;
  int32_t block_out_channels[FMK_MAX_BLOCKS];
  int32_t attention_head_dim[FMK_MAX_BLOCKS]; /* channels of one head, by block */
  int32_t down_attention[FMK_MAX_BLOCKS];     /* 1: CrossAttnDownBlock3D, 0: DownBlock3D */
  int32_t up_attention[FMK_MAX_BLOCKS];       /* 1: CrossAttnUpBlock3D, 0: UpBlock3D; in execution order */
} fmk_unet_config_t;

FMK_API int32_t fmk_unet_config_init(fmk_unet_config_t* config, uint32_t struct_size);
FMK_API int32_t fmk_unet_create(fmk_context_t* context, const fmk_weights_t* weights, const fmk_unet_config_t* config, int32_t dtype,
                                fmk_unet_t** out_new);
FMK_API void fmk_unet_destroy(fmk_unet_t* unet);

enum fmk_attention_kind {
  FMK_ATTENTION_SELF = 0,
  FMK_ATTENTION_CROSS = 1,
  FMK_ATTENTION_TEMPORAL = 2,
};

typedef struct fmk_attention_layer {
  uint32_t struct_size;
  int32_t kind;  /* enum fmk_attention_kind */
  int32_t level; /* halvings of the latent grid; each gives ceil(size / 2) */
  int32_t heads;
  int32_t head_dim;
  int32_t controlled; /* 0 for transformer_in, which no plan touches */
  const char* name;   /* such as "down_blocks.0.attentions.0.transformer_blocks.0.attn2"; lives as long as the UNet */
} fmk_attention_layer_t;

/* Attention layers in execution order: 0 <= index < count. */
FMK_API int32_t fmk_unet_attention_count(const fmk_unet_t* unet, int32_t* count);
FMK_API int32_t fmk_unet_attention_layer(const fmk_unet_t* unet, int32_t index, fmk_attention_layer_t* layer);

enum fmk_cross_mode {
  FMK_CROSS_OFF = 0,
  FMK_CROSS_MAP_THEN_BLEND = 1, /* B = (1-M) map(A0) + M A2 */
  FMK_CROSS_BLEND_THEN_MAP = 2, /* B = map((1-M) A0 + M A2), as the authors' released code does */
};

enum fmk_self_mode {
  FMK_SELF_OFF = 0,
  FMK_SELF_MAP = 1,
};

enum fmk_temporal_mode {
  FMK_TEMPORAL_OFF = 0,
  FMK_TEMPORAL_MAP = 1,
  FMK_TEMPORAL_QK = 2,
};

enum fmk_polarity {
  FMK_POLARITY_SOURCE_INSIDE = 0, /* M = 1 takes the source */
  FMK_POLARITY_EDIT_INSIDE = 1,   /* M = 1 takes the edit */
};

/* Where a plan's source is. */
enum fmk_source {
  FMK_SOURCE_ITEM = 0,   /* an item of the batch */
  FMK_SOURCE_RECORD = 1, /* the same, and nothing is fused: its queries and keys in the layers that the plan controls are kept */
  FMK_SOURCE_CACHED = 2, /* a record of a cache */
};

/*
 * What one forward pass fuses. P0, Q0, K0, A0 are the source item's attention maps, queries, keys and cross maps; P2 .. the edit item's.
 * Only the edit item changes; transformer_in is never controlled; a layer with more than max_tokens query positions (h*w) is left alone.
 *
 * cross     map(A0)[.,n] = a[n] * sum_w A0[.,w] R[w,n] + (1 - a[n]) A2[.,n]; blended by mode and mask (no masks: B = map(A0)), then
 *           B[.,n] *= e[n], then alpha[n] B[.,n] + (1 - alpha[n]) A2[.,n], times V2.
 * self      S = M S2 + (1-M) S0 by query row (no masks: S0), times V2.
 * temporal  MAP: P0, or with masks by pixel and query frame M P2 + (1-M) P0 (EDIT_INSIDE) or the reverse, times V2.
 *           QK: Q and K mixed likewise by pixel and frame, then softmax(Q'K' scale) V2.
 *
 * Masks are tensors [F,h,w] F32 on the context's device, one for each level (h,w) that is controlled; count 0 means no mask.
 *
 * RECORD reads the modes, the limits and source_item alone. CACHED needs a record of every layer that the plan controls, kept for latents
 * of the same sizes by a UNet of the same dtype; it may hold more layers. source_item is not read.
 */
typedef struct fmk_attention_plan {
  uint32_t struct_size;
  int32_t source_item;       /* batch item of the source; default 0 */
  int32_t edit_item;         /* batch item that is changed; default 2 */
  int32_t cross_mode;        /* enum fmk_cross_mode; default OFF */
  int32_t self_mode;         /* enum fmk_self_mode; default OFF */
  int32_t temporal_mode;     /* enum fmk_temporal_mode; default OFF */
  int32_t temporal_polarity; /* enum fmk_polarity; default SOURCE_INSIDE */
  int32_t token_count;       /* L, the length of the arrays below */
  int64_t cross_max_tokens;  /* 0 (default) = no limit */
  int64_t self_max_tokens;
  int64_t temporal_max_tokens;
  const float* cross_matrix;    /* R [L,L], row w source token, column n target token; NULL = identity */
  const float* cross_weights;   /* a [L] in [0,1]; NULL = 1 */
  const float* cross_equalizer; /* e [L]; NULL = 1 */
  const float* cross_alpha;     /* alpha [L] in [0,1]; NULL = 1 */
  const fmk_tensor_t* const* cross_masks;
  size_t cross_mask_count;
  const fmk_tensor_t* const* self_masks;
  size_t self_mask_count;
  const fmk_tensor_t* const* temporal_masks;
  size_t temporal_mask_count;
  int32_t source;                   /* enum fmk_source; default ITEM */
  int32_t source_record;            /* the number that a record is kept under, 0 or more */
  fmk_source_cache_t* source_cache; /* of the same context; NULL with ITEM */
} fmk_attention_plan_t;

FMK_API int32_t fmk_attention_plan_init(fmk_attention_plan_t* plan, uint32_t struct_size);

/* Bytes of the record that a forward pass with this plan keeps, for latents [1,C,F,H,W] and L tokens; 0 where the plan controls nothing. */
FMK_API int32_t fmk_unet_source_bytes(const fmk_unet_t* unet, const fmk_attention_plan_t* plan, int64_t frames, int64_t height,
                                      int64_t width, int64_t tokens, uint64_t* bytes);

/* Word maps: for each cross layer and each group of tokens, the mean over heads of the sum over the group's tokens of the attention
 * probabilities of one item. */
typedef struct fmk_word_capture {
  uint32_t struct_size;
  int32_t item;               /* batch item; default 0 */
  int32_t group_count;        /* G >= 1 */
  int32_t map_count;          /* length of maps_new: the number of cross layers */
  const int32_t* group_sizes; /* [G] tokens of each group */
  const int32_t* tokens;      /* the groups' token indices, one group after the other */
  fmk_tensor_t** maps_new;    /* out: by cross layer in execution order [G,F,h,w] F32 */
} fmk_word_capture_t;

FMK_API int32_t fmk_word_capture_init(fmk_word_capture_t* capture, uint32_t struct_size);

/* Predicts the noise of B items in one pass.
 * latents: B tensors [1,C,F,H,W], all of the same sizes; text: B tensors [1,L,D]; timestep in the scheduler's training steps;
 * plan, capture, callbacks may be NULL. out_new: B handles, each [1,C,F,H,W] F32. A record is kept when the call succeeds.
 * Errors of a source cache: INVALID_ARGUMENT (the record is there already; it is not, or not of these layers, sizes or dtype),
 * OUT_OF_MEMORY (no room for the record). Probes: time_proj, time_embedding, conv_in, transformer_in, down_blocks.i, down_blocks.i.res.j,
 * mid_block, up_blocks.i, conv_norm_out and every resnet, temporal convolution, transformer and its parts under its module path, in
 * diffusers' shapes. On a CUDA device a kind of step that has run before is replayed from a CUDA graph, with tick called once before it;
 * not where a probe is given, nor where FREEMASK_CUDA_GRAPHS=off was set when the UNet was made. The results are the same. */
FMK_API int32_t fmk_unet_forward(fmk_unet_t* unet, const fmk_tensor_t* const* latents, const fmk_tensor_t* const* text, size_t batch,
                                 double timestep, const fmk_attention_plan_t* plan, const fmk_word_capture_t* capture,
                                 const fmk_callbacks_t* callbacks, fmk_tensor_t** out_new);

#ifdef __cplusplus
}
#endif

#endif /* FMK_FMK_H */
