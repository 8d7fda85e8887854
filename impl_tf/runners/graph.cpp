// Run a SavedModel (a folder) or a frozen graph (a file) with the C API of TensorFlow.
#include <tensorflow/c/c_api.h>

#include <cstring>
#include <map>
#include <memory>
#include <utility>

#include "runner.hpp"

namespace {

const std::map<std::string, TF_DataType>& data_types() {
  static const std::map<std::string, TF_DataType> types = {{"<f4", TF_FLOAT},
                                                           {"<f8", TF_DOUBLE},
                                                           {"<i4", TF_INT32},
                                                           {"<i8", TF_INT64},
                                                           {"|b1", TF_BOOL}};
  return types;
}

// A status that becomes an exception.
class Status {
 public:
  Status() : status_(TF_NewStatus()) {}
  ~Status() { TF_DeleteStatus(status_); }
  Status(const Status&) = delete;
  Status& operator=(const Status&) = delete;

  TF_Status* get() { return status_; }

  void check() {
    if (TF_GetCode(status_) != TF_OK) throw std::runtime_error(TF_Message(status_));
  }

 private:
  TF_Status* status_;
};

class Graph : public runner::Model {
 public:
  Graph(const std::string& path, const runner::Names& inputs, const runner::Names& outputs)
      : graph_(TF_NewGraph()) {
    TF_SessionOptions* options = TF_NewSessionOptions();
    // ConfigProto: intra_op_parallelism_threads = 1, inter_op_parallelism_threads = 1
    const char config[] = {0x10, 0x01, 0x28, 0x01};
    Status status;
    TF_SetConfig(options, config, sizeof config, status.get());
    status.check();
    if (std::filesystem::is_directory(path)) {
      const char* tags[] = {"serve"};
      session_ = TF_LoadSessionFromSavedModel(options, nullptr, path.c_str(), tags, 1, graph_,
                                              nullptr, status.get());
    } else {
      import_graph(path);
      session_ = TF_NewSession(graph_, options, status.get());
    }
    TF_DeleteSessionOptions(options);
    status.check();
    for (const auto& name : inputs) feeds_.push_back(find(name));
    for (const auto& name : outputs) fetches_.push_back(find(name));
  }

  void set_inputs(runner::Arrays inputs) override {
    release(inputs_);
    for (const auto& array : inputs) {
      TF_Tensor* tensor =
          TF_AllocateTensor(data_types().at(array.descr), array.shape.data(),
                            static_cast<int>(array.shape.size()), array.data.size());
      std::memcpy(TF_TensorData(tensor), array.data.data(), array.data.size());
      inputs_.push_back(tensor);
    }
    if (inputs_.size() != feeds_.size())
      throw std::runtime_error("expected " + std::to_string(feeds_.size()) +
                               " inputs; received " + std::to_string(inputs_.size()));
  }

  void run() override {
    release(results_);
    results_.assign(fetches_.size(), nullptr);
    Status status;
    TF_SessionRun(session_, nullptr, feeds_.data(), inputs_.data(),
                  static_cast<int>(feeds_.size()), fetches_.data(), results_.data(),
                  static_cast<int>(fetches_.size()), nullptr, 0, nullptr, status.get());
    status.check();
  }

  runner::Arrays outputs() override {
    runner::Arrays arrays;
    for (TF_Tensor* tensor : results_)
      for (const auto& [descr, type] : data_types())
        if (type == TF_TensorType(tensor)) {
          const char* data = static_cast<const char*>(TF_TensorData(tensor));
          std::vector<int64_t> shape;
          for (int axis = 0; axis < TF_NumDims(tensor); ++axis)
            shape.push_back(TF_Dim(tensor, axis));
          arrays.push_back({descr, shape, {data, data + TF_TensorByteSize(tensor)}});
        }
    return arrays;
  }

 private:
  void import_graph(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    TF_Buffer* buffer = TF_NewBufferFromString(bytes.data(), bytes.size());
    TF_ImportGraphDefOptions* options = TF_NewImportGraphDefOptions();
    Status status;
    TF_GraphImportGraphDef(graph_, buffer, options, status.get());
    TF_DeleteImportGraphDefOptions(options);
    TF_DeleteBuffer(buffer);
    status.check();
  }

  TF_Output find(const std::string& name) {  // "OPERATION:NUMBER"
    const size_t colon = name.rfind(':');
    TF_Operation* operation = TF_GraphOperationByName(graph_, name.substr(0, colon).c_str());
    if (operation == nullptr) throw std::runtime_error("the graph has no operation " + name);
    return {operation, std::stoi(name.substr(colon + 1))};
  }

  static void release(std::vector<TF_Tensor*>& tensors) {
    for (TF_Tensor* tensor : tensors)
      if (tensor != nullptr) TF_DeleteTensor(tensor);
    tensors.clear();
  }

  TF_Graph* graph_;
  TF_Session* session_ = nullptr;
  std::vector<TF_Output> feeds_, fetches_;
  std::vector<TF_Tensor*> inputs_, results_;
};

}  // namespace

int main(int count, char** arguments) { return runner::serve<Graph>(count, arguments); }
