#include <cstdint>
#include <memory>
#include <new>
#include <random>
#include <sstream>
#include <string>
#include <unordered_map>
#include <vector>

#include <sentencepiece_processor.h>
#include <sentencepiece_trainer.h>

extern "C" {
#include "text/sentencepiece.h"
}

/* Of SentencePiece's library, but not in its installed headers. */
namespace sentencepiece
{
namespace logging
{
void SetMinLogLevel(int level);
}
namespace random
{
std::mt19937 *GetRandomGenerator(); // of the calling thread
}
} // namespace sentencepiece

namespace
{

constexpr int SILENT = 3; // above its errors
/* Lines that a model is trained from at most; of more, as many are drawn. */
constexpr int MAX_SENTENCES = 1000000;

class Lines : public sentencepiece::SentenceIterator
{
  public:
    explicit Lines(const s2s_sentencepiece_training *training) : training_(training)
    {
        Next();
    }
    bool done() const override
    {
        return done_;
    }
    void Next() override
    {
        s2s_span line;
        done_ = !training_->next(training_->arg, &line);
        if (!done_)
            value_.assign(line.data, line.len);
    }
    const std::string &value() const override
    {
        return value_;
    }
    sentencepiece::util::Status status() const override
    {
        return {};
    }

  private:
    const s2s_sentencepiece_training *training_;
    std::string value_;
    bool done_ = false;
};

std::string to_text(double x)
{
    std::ostringstream text;
    text.imbue(std::locale::classic());
    text << x;
    return text.str();
}

absl::string_view view(s2s_span span)
{
    return absl::string_view(span.data, span.len);
}

bool add_pieces(const std::vector<std::string> &pieces, s2s_str *text)
{
    for (const std::string &piece : pieces)
        s2s_str_add(text, piece.c_str(), piece.size() + 1);
    return !text->failed;
}

/* No exception leaves this file; the text that the work adds to takes note of memory running out. */
template <typename Work> bool guarded(s2s_str *text, Work work)
{
    try {
        return work();
    } catch (const std::bad_alloc &) {
        text->failed = true;
        return false;
    } catch (...) {
        return false;
    }
}

} // namespace

struct s2s_sentencepiece {
    sentencepiece::SentencePieceProcessor processor;
};

extern "C" s2s_sentencepiece *s2s_sentencepiece_load(const char *model, size_t n)
{
    std::unique_ptr<s2s_sentencepiece> loaded;
    s2s_str none = {};
    bool done = guarded(&none, [&] {
        sentencepiece::logging::SetMinLogLevel(SILENT);
        loaded = std::make_unique<s2s_sentencepiece>();
        return loaded->processor.LoadFromSerializedProto(absl::string_view(model, n)).ok();
    });
    return done ? loaded.release() : nullptr;
}

extern "C" void s2s_sentencepiece_free(s2s_sentencepiece *sentencepiece)
{
    delete sentencepiece;
}

extern "C" int s2s_sentencepiece_size(const s2s_sentencepiece *sentencepiece)
{
    return sentencepiece->processor.GetPieceSize();
}

extern "C" bool s2s_sentencepiece_piece(const s2s_sentencepiece *sentencepiece, int i, s2s_span *piece)
{
    const sentencepiece::SentencePieceProcessor &processor = sentencepiece->processor;
    const std::string &text = processor.IdToPiece(i);
    *piece = s2s_span{text.data(), text.size()};
    return !processor.IsControl(i) && !processor.IsUnknown(i) && !processor.IsUnused(i);
}

extern "C" bool s2s_sentencepiece_encode(const s2s_sentencepiece *sentencepiece, s2s_span line, s2s_str *pieces)
{
    return guarded(pieces, [&] {
        std::vector<std::string> found;
        return sentencepiece->processor.Encode(view(line), &found).ok() && add_pieces(found, pieces);
    });
}

extern "C" bool s2s_sentencepiece_sample(const s2s_sentencepiece *sentencepiece, s2s_span line, double alpha,
                                         uint64_t seed, s2s_str *pieces)
{
    constexpr int ALL = -1; // segmentations to sample from
    return guarded(pieces, [&] {
        std::vector<std::string> found;
        sentencepiece::random::GetRandomGenerator()->seed(static_cast<std::mt19937::result_type>(seed));
        return sentencepiece->processor.SampleEncode(view(line), ALL, static_cast<float>(alpha), &found).ok() &&
               add_pieces(found, pieces);
    });
}

extern "C" bool s2s_sentencepiece_decode(const s2s_sentencepiece *sentencepiece, const s2s_span *pieces, int n,
                                         s2s_str *text)
{
    return guarded(text, [&] {
        std::vector<absl::string_view> views;
        std::string decoded;
        for (int i = 0; i < n; i++)
            views.push_back(view(pieces[i]));
        if (!sentencepiece->processor.Decode(views, &decoded).ok())
            return false;
        s2s_str_add(text, decoded.data(), decoded.size());
        return !text->failed;
    });
}

extern "C" bool s2s_sentencepiece_train(const s2s_sentencepiece_training *training, s2s_str *result)
{
    return guarded(result, [&] {
        /* Text is normalised before it comes here, or not at all: pieces give back what they were cut from.
         * One thread, because sums of several depend on how many they are. */
        const std::unordered_map<std::string, std::string> options = {
            {"model_type", training->model_type},
            {"vocab_size", std::to_string(training->vocab_size)},
            {"hard_vocab_limit", training->hard_vocab_limit ? "true" : "false"},
            {"character_coverage", to_text(training->character_coverage)},
            {"byte_fallback", training->byte_fallback ? "true" : "false"},
            {"user_defined_symbols", training->symbols ? training->symbols : ""},
            {"normalization_rule_name", "identity"},
            {"input_sentence_size", std::to_string(MAX_SENTENCES)},
            {"shuffle_input_sentence", "true"},
            {"num_threads", "1"},
            {"minloglevel", std::to_string(SILENT)},
        };
        Lines lines(training);
        std::string model;
        const sentencepiece::util::Status status =
            sentencepiece::SentencePieceTrainer::Train(options, &lines, &model);
        const std::string &text = status.ok() ? model : status.error_message();
        s2s_str_add(result, text.data(), text.size());
        return status.ok() && !result->failed;
    });
}
