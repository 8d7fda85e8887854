// Arrays as tensors of libtorch, and back.
#pragma once

#include <ATen/ATen.h>

#include <cstring>
#include <map>
#include <utility>

#include "runner.hpp"

namespace runner {

inline const std::map<std::string, at::ScalarType>& scalar_types() {
  static const std::map<std::string, at::ScalarType> types = {{"<f4", at::kFloat},
                                                              {"<f8", at::kDouble},
                                                              {"<i4", at::kInt},
                                                              {"<i8", at::kLong},
                                                              {"|b1", at::kBool}};
  return types;
}

inline std::vector<at::Tensor> to_tensors(const Arrays& arrays) {
  std::vector<at::Tensor> tensors;
  for (const Array& array : arrays) {
    at::Tensor tensor = at::empty(array.shape, scalar_types().at(array.descr));
    std::memcpy(tensor.data_ptr(), array.data.data(), array.data.size());
    tensors.push_back(tensor);
  }
  return tensors;
}

inline Array to_array(const at::Tensor& given) {
  const at::Tensor tensor = given.contiguous();
  for (const auto& [descr, type] : scalar_types())
    if (type == tensor.scalar_type()) {
      const char* data = static_cast<const char*>(tensor.data_ptr());
      return {descr, tensor.sizes().vec(), {data, data + tensor.nbytes()}};
    }
  throw std::runtime_error("an output has a dtype without a NumPy name here");
}

}  // namespace runner
