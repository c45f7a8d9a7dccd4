#include "net/goodbye.hpp"

#include "base/printable.hpp"
#include "proto/codec.hpp"

namespace blitzen::net {

proto::Goodbye read_goodbye(proto::BytesView body) {
  proto::Goodbye goodbye;
  proto::decode(body, goodbye);
  goodbye.sentence = goodbye.sentence.empty() ? "it gave no reason" : base::printable(goodbye.sentence);
  return goodbye;
}

}  // namespace blitzen::net
