#include "call/image_runner.hpp"

#include <cxxabi.h>
#include <dlfcn.h>

#include <cstdlib>
#include <exception>
#include <memory>
#include <string_view>
#include <typeinfo>

#include "call/registry.hpp"
#include "call/result_sink.hpp"
#include "proto/codec.hpp"
#include "proto/failure.hpp"

namespace blitzen::call {
namespace {

std::string demangled(const std::type_info& type) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> name(abi::__cxa_demangle(type.name(), nullptr, nullptr, &status),
                                                         &std::free);
  std::string text = status == 0 ? name.get() : type.name();
  // As in source, not as the library spells it.
  constexpr std::string_view spelt_out =
      "std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char> >";
  for (auto at = text.find(spelt_out); at != std::string::npos; at = text.find(spelt_out))
    text.replace(at, spelt_out.size(), "std::string");
  return text;
}

/// Describes the exception being handled.
proto::Failure failure_of(const char* what) {
  proto::Failure failure;
  const std::type_info* type = abi::__cxa_current_exception_type();
  failure.exception_type = type == nullptr ? "unknown type" : demangled(*type);
  if (what == nullptr) {
    failure.message = "the function threw something of type " + failure.exception_type;
    return failure;
  }
  failure.what = what;
  failure.message = failure.exception_type;
  if (!failure.what.empty()) failure.message += ": " + failure.what;
  return failure;
}

/// An exception may come after part of a result was encoded: that goes.
void put(const proto::Failure& failure, pool::ResultBuffer& result) {
  result.clear();
  ResultSink sink(result);
  proto::encode(failure, sink);
  sink.finish();
}

}  // namespace

std::optional<std::string> ImageRunner::open_library(const std::string& path) {
  if (::dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL) == nullptr)
    return "the task library " + path + " cannot be loaded: " + ::dlerror();
  return registration_conflict();
}

std::optional<std::string> ImageRunner::define(std::uint32_t function, std::span<const std::byte> definition) {
  proto::Function wanted;
  try {
    proto::decode(definition, wanted);
  } catch (const proto::DecodeError& error) {
    return std::string("the function's description cannot be read (") + error.what() + ")";
  }
  if (wanted.kind == proto::FunctionKind::name) {
    const auto registered = find_registered(wanted.name);
    if (!registered) return "no function is registered as '" + wanted.name + "' here; load its task library (--tasks)";
    functions_[function] = *registered;
    return std::nullopt;
  }
  const auto thunk = modules_.resolve(wanted.thunk);
  if (const auto* problem = std::get_if<std::string>(&thunk)) return *problem;
  detail::Callable callable{reinterpret_cast<detail::Thunk>(const_cast<void*>(std::get<const void*>(thunk))), nullptr,
                            nullptr};
  const bool is_closure = wanted.target.offset == 0 && wanted.target.module.empty();
  if (!is_closure) {
    const auto target = modules_.resolve(wanted.target);
    if (const auto* problem = std::get_if<std::string>(&target)) return *problem;
    callable.target = std::get<const void*>(target);
  }
  functions_[function] = callable;
  return std::nullopt;
}

pool::FinishKind ImageRunner::run(std::uint32_t function, std::span<const std::byte> arguments,
                                  pool::ResultBuffer& result) {
  try {
    const detail::Callable& callable = functions_.at(function);
    ResultSink sink(result);
    callable.thunk(callable.target, arguments, sink);
    sink.finish();
    return pool::FinishKind::value;
  } catch (abi::__forced_unwind&) {
    throw;  // the thread is being ended; swallowing that would abort the process
  } catch (const proto::DecodeError& error) {
    put(proto::failure_saying(std::string("the arguments cannot be decoded (") + error.what() +
                              "); do their types' save and load agree?"),
        result);
  } catch (const std::string& text) {
    put(failure_of(text.c_str()), result);
  } catch (const char* text) {
    put(failure_of(text), result);
  } catch (const std::exception& error) {
    put(failure_of(error.what()), result);
  } catch (...) {
    put(failure_of(nullptr), result);
  }
  return pool::FinishKind::error;
}

void ImageRunner::fail(std::string_view sentence, pool::ResultBuffer& result) {
  put(proto::failure_saying(std::string(sentence)), result);
}

}  // namespace blitzen::call
