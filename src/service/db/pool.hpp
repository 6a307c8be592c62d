#pragma once
/// A fixed number of connections, lent to one thread at a time.

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

namespace aiditor::db {

/// Thread-safe. Lends what came back last first. Outlives what it lent.
template <class T>
class Pool {
public:
    struct GiveBack {
        Pool* pool = nullptr;
        void operator()(T* item) const { pool->give_back(item); }
    };
    using Lent = std::unique_ptr<T, GiveBack>;

    void add(std::unique_ptr<T> item) {
        free_.push_back(item.get());
        items_.push_back(std::move(item));
    }

    /// Null when none came back in time.
    [[nodiscard]] Lent lend(std::chrono::milliseconds wait) {
        std::unique_lock lock(mutex_);
        if (!returned_.wait_for(lock, wait, [&] { return !free_.empty(); })) return {};
        auto* item = free_.back();
        free_.pop_back();
        return Lent(item, GiveBack{this});
    }

private:
    void give_back(T* item) {
        {
            std::lock_guard const lock(mutex_);
            free_.push_back(item);
        }
        returned_.notify_one();
    }

    std::mutex mutex_;
    std::condition_variable returned_;
    std::vector<T*> free_;
    std::vector<std::unique_ptr<T>> items_;
};

}  // namespace aiditor::db
