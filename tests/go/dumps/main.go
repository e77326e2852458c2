// Writes profiles of one moment in all their forms into the current folder, then ends as its argument says: panic, or by SIGQUIT.
// The program stands still while it writes, so that the forms can be compared.
package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"sync"
	"syscall"
	"time"
)

type queue struct {
	mu sync.Mutex
	rw sync.RWMutex
}

//go:noinline
func (q *queue) Get() { q.mu.Lock() }

//go:noinline
func (q *queue) Read() { q.rw.RLock() }

//go:noinline
func (q *queue) explode(m map[string]int) { m["x"] = 1 }

type store[T any] struct{ all []T }

//go:noinline
func (s *store[T]) fill(n int) {
	for i := 0; i < n; i++ {
		var x T
		s.all = append(s.all, x)
	}
}

var kept [][]byte

//go:noinline
func keep() { kept = append(kept, make([]byte, 100)) }

func contend() {
	var mu sync.Mutex
	var wg sync.WaitGroup
	for i := 0; i < 4; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for j := 0; j < 50; j++ {
				mu.Lock()
				time.Sleep(50 * time.Microsecond)
				mu.Unlock()
			}
		}()
	}
	wg.Wait()
}

func main() {
	runtime.SetBlockProfileRate(1)
	q := &queue{}
	q.mu.Lock()
	q.rw.Lock()
	var never sync.WaitGroup
	never.Add(1)
	for i := 0; i < 3; i++ {
		go q.Get()
	}
	go q.Read()
	go never.Wait()
	go func() { select {} }()
	go func() { runtime.LockOSThread(); <-make(chan int) }()
	for i := 0; i < 200000; i++ {
		keep()
	}
	(&store[int]{}).fill(3000000)
	contend()
	time.Sleep(200 * time.Millisecond)
	runtime.GC()
	debug.SetGCPercent(-1)
	for _, kind := range []string{"goroutine", "heap", "block", "threadcreate"} {
		for _, form := range []int{0, 1, 2} {
			file, err := os.Create(fmt.Sprintf("%s.%d", kind, form))
			if err != nil {
				panic(err)
			}
			if err := pprof.Lookup(kind).WriteTo(file, form); err != nil {
				panic(err)
			}
			file.Close()
		}
	}
	if os.Args[1] == "panic" {
		q.explode(nil)
	}
	syscall.Kill(syscall.Getpid(), syscall.SIGQUIT)
	time.Sleep(time.Minute)
}
